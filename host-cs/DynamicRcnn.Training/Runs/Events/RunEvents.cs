namespace DynamicRcnn.Training.Runs.Events;

/// <summary>
/// A run's event file: scalars under <c>train/</c>, <c>schedule/</c>, <c>machine/</c>, <c>validation/</c>, once for each iteration or evaluation.
/// </summary>
internal sealed class RunEvents : IRunRecord
{
    private readonly EventFile file;

    private RunEvents(EventFile file) => this.file = file;

    /// <summary>Starts or continues it; events after the iteration belong to a future that did not happen.</summary>
    internal static RunEvents Open(string path, int iteration) => new(EventFile.Open(path, iteration));

    public void Append(Stepped step)
    {
        IEnumerable<RecordedValue> measured = step.Report is null ? [] : RecordedValues.Of(step.Report);
        Write(step.State.Iteration, [.. RecordedValues.Always(step).Concat(measured).Select(Tagged)]);
    }

    public void Append(Evaluated evaluated)
    {
        IEnumerable<RecordedValue> losses = evaluated.Measurement.Losses is { } values ? RecordedValues.Of(values) : [];
        Write(
            evaluated.State.Iteration,
            [
                .. RecordedValues
                    .Of(evaluated.Measurement.Result)
                    .Concat(losses)
                    .Select(value => Under("validation", value)),
            ]
        );
    }

    public void Dispose() => file.Dispose();

    private static RecordedValue Tagged(RecordedValue value) =>
        Under(
            value.Name switch
            {
                "iou_threshold" or "beta" or "top_iou" or "low_error" or "zero_errors" or "dead_windows" => "schedule",
                "seconds" or "resident_megabytes" or "live_tensors" => "machine",
                _ => "train",
            },
            value
        );

    private static RecordedValue Under(string group, RecordedValue value) =>
        value with
        {
            Name = $"{group}/{value.Name}",
        };

    private void Write(int iteration, IReadOnlyList<RecordedValue> values)
    {
        TensorBoardEvent written = new(iteration, EventFile.Now);
        foreach ((string tag, double value) in values)
        {
            written.Scalar(tag, value);
        }
        file.Append(written.ToArray());
    }
}
