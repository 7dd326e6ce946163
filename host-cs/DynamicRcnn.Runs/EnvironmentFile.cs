using System.Runtime.InteropServices;
using System.Text.Json;
using DynamicRcnn.Core;

namespace DynamicRcnn.Runs;

/// <summary>A start or a continuation of a run.</summary>
/// <param name="Iteration">Iterations that were done before.</param>
/// <param name="Entries">Name and value of each thing that is known.</param>
public sealed record RunSession(int Iteration, IReadOnlyList<EnvironmentEntry> Entries);

/// <summary>A run's environment.json: for each time that it was started or resumed, where it ran.</summary>
public static class EnvironmentFile
{
    /// <summary>The sessions of a run; none when it has no such file.</summary>
    /// <exception cref="RunException">The file is not what it should be.</exception>
    public static IReadOnlyList<RunSession> Read(RunFolder folder)
    {
        if (!File.Exists(folder.EnvironmentPath))
        {
            return [];
        }
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(folder.EnvironmentPath));
            return
            [
                .. document
                    .RootElement.EnumerateArray()
                    .Select(session => new RunSession(
                        session.GetProperty("iteration").GetInt32(),
                        [
                            .. session
                                .GetProperty("environment")
                                .EnumerateObject()
                                .Select(entry => new EnvironmentEntry(entry.Name, entry.Value.GetString()!)),
                        ]
                    )),
            ];
        }
        catch (Exception error)
            when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new RunException(
                $"{folder.EnvironmentPath}: expected the sessions of a run: {error.Message.TrimEnd('.')}."
            );
        }
    }

    /// <summary>Adds the session that begins; sessions after its iteration belong to a future that did not happen.</summary>
    internal static void Append(RunFolder folder, int iteration, IReadOnlyList<EnvironmentEntry> environment)
    {
        RunSession begins = new(
            iteration,
            [
                .. environment,
                new EnvironmentEntry("runtime", RuntimeInformation.FrameworkDescription),
                new EnvironmentEntry("system", RuntimeInformation.OSDescription),
                new EnvironmentEntry("processors", $"{Environment.ProcessorCount}"),
                new EnvironmentEntry("started", $"{DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC"),
            ]
        );
        RunSession[] sessions = [.. Read(folder).Where(session => session.Iteration <= iteration), begins];
        AtomicFile.Write(
            folder.EnvironmentPath,
            stream =>
            {
                using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
                json.WriteStartArray();
                foreach (RunSession session in sessions)
                {
                    json.WriteStartObject();
                    json.WriteNumber("iteration", session.Iteration);
                    json.WriteStartObject("environment");
                    foreach (EnvironmentEntry entry in session.Entries)
                    {
                        json.WriteString(entry.Name, entry.Value);
                    }
                    json.WriteEndObject();
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
        );
    }
}
