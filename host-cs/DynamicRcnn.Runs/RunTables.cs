namespace DynamicRcnn.Runs;

/// <summary>A run's metrics.csv and evaluations.csv.</summary>
internal sealed class RunTables : IRunRecord
{
    private const string ValidationPrefix = "validation_";

    private static readonly string[] losses = ["loss", "rpn_objectness", "rpn_box", "classification", "box"];

    private static readonly string[] stageColumns = ["iou_threshold", "beta", "top_iou", "low_error"];

    private static readonly string[] stageLosses = ["classification", "box"];

    private static readonly string[] stepColumns =
    [
        "learning_rate",
        "iou_threshold",
        "beta",
        "seconds",
        "waiting_seconds",
        "resident_megabytes",
        "live_tensors",
        "zero_errors",
        "dead_windows",
        .. losses,
        "gradient_norm",
        "top_iou",
        "low_error",
    ];

    private static readonly string[] evaluationColumns =
    [
        "AP",
        "AP50",
        "AP75",
        "APs",
        "APm",
        "APl",
        "AR1",
        "AR10",
        "AR100",
        "ARs",
        "ARm",
        "ARl",
        .. losses.Select(name => ValidationPrefix + name),
    ];

    private readonly MetricsTable steps;
    private readonly MetricsTable evaluations;

    private RunTables(MetricsTable steps, MetricsTable evaluations)
    {
        this.steps = steps;
        this.evaluations = evaluations;
    }

    /// <summary>Starts or continues both tables; rows after the iteration belong to a future that did not happen.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="stages">Box heads of the detector; each after the first has four columns of its own, and each of a cascade its losses.</param>
    /// <param name="iteration">Up to which rows are kept.</param>
    internal static RunTables Open(RunFolder folder, int stages, int iteration) =>
        new(
            MetricsTable.Open(
                folder.MetricsPath,
                [.. stepColumns, .. OfStages(stageColumns, 2, stages), .. LossesOf(stages)],
                iteration
            ),
            MetricsTable.Open(
                folder.EvaluationsPath,
                [.. evaluationColumns, .. LossesOf(stages).Select(name => ValidationPrefix + name)],
                iteration
            )
        );

    private static IEnumerable<string> LossesOf(int stages) => stages == 1 ? [] : OfStages(stageLosses, 1, stages);

    private static IEnumerable<string> OfStages(string[] names, int first, int last) =>
        Enumerable
            .Range(first, last - first + 1)
            .SelectMany(stage => names.Select(name => RecordedValues.OfStage(name, stage)));

    public void Append(Stepped step)
    {
        IEnumerable<RecordedValue> measured = step.Report is null ? [] : RecordedValues.Of(step.Report);
        steps.Append(step.State.Iteration, RecordedValues.Always(step).Concat(measured));
    }

    public void Append(Evaluated evaluated)
    {
        IEnumerable<RecordedValue> validation = evaluated.Measurement.Losses is { } values
            ? RecordedValues.Of(values)
            : [];
        evaluations.Append(
            evaluated.State.Iteration,
            RecordedValues
                .Of(evaluated.Measurement.Result)
                .Concat(validation.Select(value => value with { Name = ValidationPrefix + value.Name }))
        );
    }

    public void Dispose()
    {
        steps.Dispose();
        evaluations.Dispose();
    }
}
