using System.Globalization;
using System.Text.Json;
using DynamicRcnn.Core;

namespace DynamicRcnn.Runs;

/// <summary>A run's log.jsonl: one JSON object a line, an iteration or an evaluation.</summary>
internal sealed class RunLog : IRunRecord
{
    private readonly StreamWriter writer;

    private RunLog(string path) => writer = new StreamWriter(path, append: true) { AutoFlush = true };

    /// <summary>Starts or continues a log; lines after the iteration belong to a future that did not happen.</summary>
    internal static RunLog Open(string path, int iteration)
    {
        TextLines.Keep(path, line => IterationOf(line) is { } at && at <= iteration ? line : null);
        return new RunLog(path);
    }

    public void Append(Stepped step) =>
        WriteLine(json =>
        {
            json.WriteNumber("iteration", step.State.Iteration);
            Write(json, RecordedValues.Always(step));
            if (step.Report is not { } report)
            {
                json.WriteBoolean("skipped", value: true);
                return;
            }
            Write(json, RecordedValues.Of(report));
            if (report.Outcome is not (BatchOutcome.Measured or BatchOutcome.TopIoUOnly))
            {
                json.WriteString("unmeasured", report.Outcome.ToString());
            }
            if (report.NonFinite is not null)
            {
                json.WriteString("non_finite", report.NonFinite);
            }
        });

    public void Append(Evaluated evaluated) =>
        WriteLine(json =>
        {
            json.WriteNumber("iteration", evaluated.State.Iteration);
            json.WriteStartObject("evaluation");
            Write(json, RecordedValues.Of(evaluated.Measurement.Result));
            json.WriteEndObject();
            if (evaluated.Measurement.Losses is { } losses)
            {
                json.WriteStartObject("validation_loss");
                Write(json, RecordedValues.Of(losses));
                json.WriteEndObject();
            }
            json.WriteNumber("images_left_out", evaluated.Measurement.Findings.Count);
            json.WriteNumber("seconds", Math.Round(evaluated.Seconds, 4));
        });

    public void Dispose() => writer.Dispose();

    // JSON has no number for infinity or NaN.
    private static void Write(Utf8JsonWriter json, IEnumerable<RecordedValue> values)
    {
        foreach ((string name, double value) in values)
        {
            if (double.IsFinite(value))
            {
                json.WriteNumber(name, value);
            }
            else
            {
                json.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
            }
        }
    }

    // A line that a full disk or a kill cut short, or that somebody added, has no iteration.
    private static int? IterationOf(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.TryGetProperty("iteration", out JsonElement iteration)
                ? iteration.GetInt32()
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private void WriteLine(Action<Utf8JsonWriter> fields)
    {
        using MemoryStream line = new();
        using (Utf8JsonWriter json = new(line))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }
        writer.WriteLine(System.Text.Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length));
    }
}
