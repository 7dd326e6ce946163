using System.Text.Json;
using DynamicRcnn.Core;
using DynamicRcnn.Torch;

namespace DynamicRcnn.Training.Runs;

/// <summary>A run's log.jsonl: one JSON object a line, an iteration or an evaluation.</summary>
internal sealed class RunLog : IRunRecord
{
    private readonly StreamWriter writer;

    private RunLog(string path) => writer = new StreamWriter(path, append: true) { AutoFlush = true };

    /// <summary>Starts or continues a log; lines after the iteration belong to a future that did not happen.</summary>
    internal static RunLog Open(string path, int iteration)
    {
        if (File.Exists(path))
        {
            string[] kept = [.. File.ReadLines(path).Where(line => IterationOf(line) is { } at && at <= iteration)];
            AtomicFile.WriteText(path, string.Concat(kept.Select(line => line + "\n")));
        }
        return new RunLog(path);
    }

    public void Append(Stepped step) =>
        WriteLine(json =>
        {
            json.WriteNumber("iteration", step.State.Iteration);
            json.WriteNumber("learning_rate", step.LearningRate);
            json.WriteNumber("iou_threshold", step.Setting.IoUThreshold);
            json.WriteNumber("beta", step.Setting.Beta);
            json.WriteNumber("seconds", Math.Round(step.Seconds, 4));
            json.WriteNumber("resident_megabytes", Environment.WorkingSet / 1_000_000);
            json.WriteNumber("live_tensors", ops.live_tensors);
            if (step.Report is { } report)
            {
                WriteLosses(json, report.Losses);
                WriteFinite(json, "gradient_norm", report.GradientNorm);
                WriteOutcome(json, report.Outcome);
                if (report.NonFinite is not null)
                {
                    json.WriteString("non_finite", report.NonFinite);
                }
            }
            else
            {
                json.WriteBoolean("skipped", value: true);
            }
        });

    public void Append(Evaluated evaluated) =>
        WriteLine(json =>
        {
            json.WriteNumber("iteration", evaluated.State.Iteration);
            json.WriteStartObject("evaluation");
            foreach (EvaluationFigure figure in evaluated.Measurement.Result.Figures)
            {
                json.WriteNumber(figure.Name, figure.Value);
            }
            json.WriteEndObject();
            if (evaluated.Measurement.Losses is { } losses)
            {
                json.WriteStartObject("validation_loss");
                WriteLosses(json, losses);
                json.WriteEndObject();
            }
            json.WriteNumber("images_left_out", evaluated.Measurement.Findings.Count);
            json.WriteNumber("seconds", Math.Round(evaluated.Seconds, 4));
        });

    public void Dispose() => writer.Dispose();

    private static void WriteLosses(Utf8JsonWriter json, StepLosses losses)
    {
        WriteFinite(json, "loss", losses.Total);
        WriteFinite(json, "rpn_objectness", losses.RpnObjectness);
        WriteFinite(json, "rpn_box", losses.RpnBox);
        WriteFinite(json, "classification", losses.Classification);
        WriteFinite(json, "box", losses.Box);
    }

    private static void WriteOutcome(Utf8JsonWriter json, BatchOutcome outcome)
    {
        switch (outcome)
        {
            case BatchOutcome.Measured { Statistics: var measured }:
                json.WriteNumber("top_iou", measured.TopIoU);
                json.WriteNumber("low_error", measured.LowError);
                break;
            case BatchOutcome.TopIoUOnly { TopIoU: var topIoU }:
                json.WriteNumber("top_iou", topIoU);
                break;
            default:
                json.WriteString("unmeasured", outcome.ToString());
                break;
        }
    }

    private static void WriteFinite(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteString(name, value.ToString(System.Globalization.CultureInfo.InvariantCulture));
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
