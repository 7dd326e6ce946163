using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Runs;

/// <summary>
/// A run's event file: scalars under <c>train/</c>, <c>schedule/</c>, <c>machine/</c>, <c>validation/</c>, once for each iteration or evaluation, and
/// the distribution of the proposals' IoUs once for each update interval of the schedule; under <c>panel/</c> each image of the panel with the
/// boxes that an evaluation found.
/// </summary>
internal sealed class RunEvents : IRunRecord
{
    /// <summary>What counts as found in a picture.</summary>
    private const float LeastScore = 0.5f;

    private readonly EventFile file;
    private readonly RunFolder folder;
    private readonly Panel panel;
    private readonly DynamicConfig config;
    private readonly StatisticsHeader header;

    private RunEvents(EventFile file, RunFolder folder, Panel panel, DynamicConfig config)
    {
        this.file = file;
        this.folder = folder;
        this.panel = panel;
        this.config = config;
        header = StatisticsFormat.HeaderOf(config);
    }

    /// <summary>Begins the file of what comes after an iteration.</summary>
    internal static RunEvents Open(RunFolder folder, Panel panel, DynamicConfig config, int iteration) =>
        new(new EventFile(folder, iteration), folder, panel, config);

    public void Append(Stepped step)
    {
        int iteration = step.State.Iteration;
        IEnumerable<RecordedValue> measured = step.Report is null ? [] : RecordedValues.Of(step.Report);
        TensorBoardEvent written = Scalars(iteration, RecordedValues.Always(step).Concat(measured).Select(Tagged));
        if (
            iteration % config.UpdateInterval == 0
            && step.Report is { } report
            && ProposalIoUs.Histogram(header, report.Statistics) is { Value: IoUHistogram histogram }
        )
        {
            written.Distribution("schedule/proposal_iou", histogram);
        }
        file.Append(written.ToArray());
    }

    public void Append(Evaluated evaluated)
    {
        IEnumerable<RecordedValue> losses = evaluated.Measurement.Losses is { } values ? RecordedValues.Of(values) : [];
        TensorBoardEvent written = Scalars(
            evaluated.State.Iteration,
            RecordedValues.Of(evaluated.Measurement.Result).Concat(losses).Select(value => Under("validation", value))
        );
        for (int place = 0; place < panel.Images.Count; place++)
        {
            if (Picture(place, evaluated.Measurement) is { } picture)
            {
                written.Picture($"panel/{place:D2}", picture);
            }
        }
        file.Append(written.ToArray());
    }

    public void Dispose() => file.Dispose();

    // A copy that somebody removed is no reason to end a run.
    private RgbImage? Picture(int place, Measurement measurement)
    {
        IReadOnlyList<DetectedObject> found = measurement.Kept.GetValueOrDefault(panel.Images[place].Id, []);
        try
        {
            return PanelPicture.Draw(folder, panel, place, [.. found.Where(box => box.Score >= LeastScore)]);
        }
        catch (ImageException)
        {
            return null;
        }
    }

    private static RecordedValue Tagged(RecordedValue value) =>
        Under(
            // A number behind the name is a cascade's stage.
            value.Name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9').TrimEnd('_') switch
            {
                "iou_threshold" or "beta" or "top_iou" or "low_error" or "zero_errors" or "dead_windows" => "schedule",
                "seconds" or "waiting_seconds" or "resident_megabytes" or "live_tensors" => "machine",
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
        TensorBoardEvent written = new(iteration);
        foreach ((string tag, double value) in values)
        {
            written.Scalar(tag, value);
        }
        return written;
    }
}
