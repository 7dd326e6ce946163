using DynamicRcnn.Core;

namespace DynamicRcnn.Training.Runs.Events;

/// <summary>
/// A run's event file: scalars under <c>train/</c>, <c>schedule/</c>, <c>machine/</c>, <c>validation/</c>, once for each iteration or evaluation, and
/// the distribution of the proposals' IoUs once for each update interval of the schedule.
/// </summary>
internal sealed class RunEvents : IRunRecord
{
    private readonly EventFile file;
    private readonly DynamicConfig config;
    private readonly StatisticsHeader header;

    private RunEvents(EventFile file, DynamicConfig config)
    {
        this.file = file;
        this.config = config;
        header = ReplayApi.Header(config);
    }

    /// <summary>Starts or continues it; events after the iteration belong to a future that did not happen.</summary>
    internal static RunEvents Open(string path, DynamicConfig config, int iteration) =>
        new(EventFile.Open(path, iteration), config);

    public void Append(Stepped step)
    {
        int iteration = step.State.Iteration;
        IEnumerable<RecordedValue> measured = step.Report is null ? [] : RecordedValues.Of(step.Report);
        TensorBoardEvent written = Scalars(iteration, RecordedValues.Always(step).Concat(measured).Select(Tagged));
        if (
            iteration % config.UpdateInterval == 0
            && step.Report is { } report
            && ReplayApi.Histogram(header, report.Statistics) is { } histogram
        )
        {
            written.Distribution("schedule/proposal_iou", histogram);
        }
        file.Append(written.ToArray());
    }

    public void Append(Evaluated evaluated)
    {
        IEnumerable<RecordedValue> losses = evaluated.Measurement.Losses is { } values ? RecordedValues.Of(values) : [];
        file.Append(
            Scalars(
                    evaluated.State.Iteration,
                    RecordedValues
                        .Of(evaluated.Measurement.Result)
                        .Concat(losses)
                        .Select(value => Under("validation", value))
                )
                .ToArray()
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

    private static TensorBoardEvent Scalars(int iteration, IEnumerable<RecordedValue> values)
    {
        TensorBoardEvent written = new(iteration, EventFile.Now);
        foreach ((string tag, double value) in values)
        {
            written.Scalar(tag, value);
        }
        return written;
    }
}
