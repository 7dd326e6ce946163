using System.Text.Json;

namespace DynamicRcnn.Runs;

/// <summary>
/// Reads a run's log.jsonl as far as it is written, and later what was added. A line without its end is left for the next time; a line that
/// is no object with an iteration is counted and left out.
/// </summary>
internal sealed class LogReader(string path)
{
    private const int ChunkBytes = 1 << 20;
    private const byte LineEnd = (byte)'\n';
    internal const string ValidationPrefix = "validation.";

    private byte[] lastLine = [];
    private long position;

    /// <summary>The iterations.</summary>
    internal LogColumns Steps { get; private set; } = new();

    /// <summary>What evaluations wrote into the log beside their files: validation losses and seconds.</summary>
    internal LogColumns Evaluations { get; private set; } = new();

    /// <summary>Iterations that the schedule's rule left out.</summary>
    internal int Skipped { get; private set; }

    /// <summary>Iterations whose loss or gradient was not finite.</summary>
    internal int NonFinite { get; private set; }

    /// <summary>Lines that could not be read.</summary>
    internal int Unreadable { get; private set; }

    /// <summary>Takes in what is new.</summary>
    /// <returns>Whether anything was.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal bool Update()
    {
        if (!File.Exists(path))
        {
            return false;
        }
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (!Continues(file))
        {
            (Steps, Evaluations) = (new LogColumns(), new LogColumns());
            (Skipped, NonFinite, Unreadable) = (0, 0, 0);
            (lastLine, position) = ([], 0);
        }
        file.Position = position;
        long before = position;
        ReadLines(file);
        return position != before;
    }

    // A run that goes on cuts its log back; what was read last must still be where it was.
    private bool Continues(FileStream file)
    {
        if (file.Length < position)
        {
            return false;
        }
        byte[] there = new byte[lastLine.Length];
        file.Position = position - lastLine.Length;
        file.ReadExactly(there);
        return there.AsSpan().SequenceEqual(lastLine);
    }

    private void ReadLines(FileStream file)
    {
        byte[] buffer = new byte[ChunkBytes];
        int filled = 0;
        while (file.Read(buffer, filled, buffer.Length - filled) is > 0 and int read)
        {
            filled += read;
            int start = 0;
            while (buffer.AsSpan(start, filled - start).IndexOf(LineEnd) is >= 0 and int length)
            {
                Take(buffer.AsMemory(start, length));
                start += length + 1;
            }
            if (start > 0)
            {
                position += start;
                int from = Math.Max(0, start - ChunkBytes);
                lastLine = LastLine(buffer.AsSpan(from, start - from));
            }
            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * buffer.Length); // a line longer than all the buffer
            }
        }
    }

    private static byte[] LastLine(ReadOnlySpan<byte> lines) =>
        lines[(lines[..^1].LastIndexOf(LineEnd) + 1)..].ToArray();

    private void Take(ReadOnlyMemory<byte> line)
    {
        if (line.Length == 0)
        {
            return;
        }
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            Take(document.RootElement);
        }
        catch (Exception error)
            when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            Unreadable++;
        }
    }

    private void Take(JsonElement line)
    {
        int iteration = line.GetProperty("iteration").GetInt32();
        if (line.TryGetProperty("evaluation", out _))
        {
            Evaluations.Append(iteration, [.. Numbers(line, ""), .. Nested(line, "validation_loss", ValidationPrefix)]);
            return;
        }
        Steps.Append(iteration, Numbers(line, ""));
        Skipped += line.TryGetProperty("skipped", out _) ? 1 : 0;
        NonFinite += line.TryGetProperty("non_finite", out _) ? 1 : 0;
    }

    private static IEnumerable<(string, double)> Nested(JsonElement line, string name, string prefix) =>
        line.TryGetProperty(name, out JsonElement inner) ? Numbers(inner, prefix) : [];

    // Infinity and NaN are texts in the log, as JSON has no numbers for them: no value to draw.
    private static IEnumerable<(string, double)> Numbers(JsonElement fields, string prefix) =>
        fields
            .EnumerateObject()
            .Where(field => field.Value.ValueKind == JsonValueKind.Number)
            .Select(field => (prefix + field.Name, field.Value.GetDouble()));
}
