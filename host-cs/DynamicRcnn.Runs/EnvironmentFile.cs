using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
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
            Session[] sessions =
                JsonSerializer.Deserialize<Session[]>(File.ReadAllBytes(folder.EnvironmentPath), strict) ?? [];
            if (Array.Exists(sessions, session => session is null || session.Environment.ContainsValue(null!)))
            {
                throw new JsonException("a session, or a value of one, is null");
            }
            return
            [
                .. sessions.Select(session => new RunSession(
                    session.Iteration,
                    [.. session.Environment.Select(entry => new EnvironmentEntry(entry.Key, entry.Value))]
                )),
            ];
        }
        catch (JsonException error)
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
        AtomicFile.WriteJson(
            folder.EnvironmentPath,
            sessions.Select(session => new Session(
                session.Iteration,
                session.Entries.ToDictionary(entry => entry.Name, entry => entry.Value)
            ))
        );
    }

    private static readonly JsonSerializerOptions strict = new()
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>As the file names its fields.</summary>
    private sealed record Session(
        [property: JsonPropertyName("iteration")] int Iteration,
        [property: JsonPropertyName("environment")] Dictionary<string, string> Environment
    );
}
