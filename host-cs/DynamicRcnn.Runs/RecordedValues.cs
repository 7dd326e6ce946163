using DynamicRcnn.Core;

namespace DynamicRcnn.Runs;

/// <summary>A number that a run records, under the name that it has in every one of the run's files.</summary>
/// <param name="Name">As in log.jsonl.</param>
/// <param name="Value">May be infinite or NaN.</param>
public readonly record struct RecordedValue(string Name, double Value);

/// <summary>The numbers of an iteration or an evaluation, the same for every file that keeps them.</summary>
public static class RecordedValues
{
    private const double Megabyte = 1_000_000;
    private const int SecondsDigits = 4;

    /// <summary>What every iteration has.</summary>
    public static IEnumerable<RecordedValue> Always(Stepped step) =>
        [
            new("learning_rate", step.LearningRate),
            new("iou_threshold", step.Setting.IoUThreshold),
            new("beta", step.Setting.Beta),
            new("seconds", Math.Round(step.Seconds, SecondsDigits)),
            new("waiting_seconds", Math.Round(step.WaitingSeconds, SecondsDigits)),
            new("resident_megabytes", Math.Floor(step.ResidentBytes / Megabyte)),
            new("live_tensors", step.LiveTensors),
            new("zero_errors", step.State.ZeroErrorIterations),
            new("dead_windows", step.State.DeadWindows),
            .. step.Cascade.SelectMany(
                (setting, place) =>
                    new RecordedValue[]
                    {
                        new(OfStage("iou_threshold", place + 2), setting.IoUThreshold),
                        new(OfStage("beta", place + 2), setting.Beta),
                    }
            ),
        ];

    /// <summary>
    /// The name of a value of a cascade's stage. The first stage's have no number, but for the losses, whose plain names are the sums over the stages.
    /// </summary>
    public static string OfStage(string name, int stage) => $"{name}_{stage}";

    /// <summary>What an iteration has that was not skipped: losses, the norm of the gradient, and what was measured for the schedule.</summary>
    public static IEnumerable<RecordedValue> Of(StepReport report) =>
        [
            .. Of(report.Losses),
            new("gradient_norm", report.GradientNorm),
            .. Of(report.Outcome),
            .. report.CascadeOutcomes.SelectMany(
                (outcome, place) => Of(outcome).Select(value => value with { Name = OfStage(value.Name, place + 2) })
            ),
        ];

    /// <summary>The losses; of a cascade also what each stage adds to the last two.</summary>
    public static IEnumerable<RecordedValue> Of(StepLosses losses) =>
        [
            new("loss", losses.Total),
            new("rpn_objectness", losses.RpnObjectness),
            new("rpn_box", losses.RpnBox),
            new("classification", losses.Classification),
            new("box", losses.Box),
            .. losses.Stages.SelectMany(
                (stage, place) =>
                    new RecordedValue[]
                    {
                        new(OfStage("classification", place + 1), stage.Classification),
                        new(OfStage("box", place + 1), stage.Box),
                    }
            ),
        ];

    /// <summary>The figures of an evaluation.</summary>
    public static IEnumerable<RecordedValue> Of(EvaluationResult result) =>
        result.Figures.Select(figure => new RecordedValue(figure.Name, figure.Value));

    private static IEnumerable<RecordedValue> Of(BatchOutcome outcome) =>
        outcome switch
        {
            BatchOutcome.Measured { Statistics: var measured } =>
            [
                new("top_iou", measured.TopIoU),
                new("low_error", measured.LowError),
            ],
            BatchOutcome.TopIoUOnly { TopIoU: var topIoU } => [new("top_iou", topIoU)],
            _ => [],
        };
}
