using DynamicRcnn.Core;

namespace DynamicRcnn.Runs;

/// <summary>Something that happened in a run, for those who watch it. Watching changes nothing.</summary>
public abstract record RunEvent;

/// <summary>An iteration was executed, or skipped by the rule of the schedule.</summary>
/// <param name="State">After the iteration; its setting acts in the next one.</param>
/// <param name="Setting">The IoU threshold and beta that acted in the iteration.</param>
/// <param name="LearningRate">Of the iteration.</param>
/// <param name="Report">Its numbers; null when it was skipped.</param>
/// <param name="Images">Images it trained on.</param>
/// <param name="Seconds">Wall-clock time, waiting for images included.</param>
/// <param name="WaitingSeconds">Of these, until the images were there.</param>
/// <param name="ResidentBytes">Memory of the process after the iteration.</param>
/// <param name="LiveTensors">Tensors that are alive after the iteration.</param>
public sealed record Stepped(
    TrainingState State,
    Setting Setting,
    double LearningRate,
    StepReport? Report,
    int Images,
    double Seconds,
    double WaitingSeconds,
    long ResidentBytes,
    long LiveTensors
) : RunEvent
{
    /// <summary>What acted in a cascade's further stages; none with one box head.</summary>
    public IReadOnlyList<Setting> Cascade { get; init; } = [];
}

/// <summary>The detector was measured on the validation split.</summary>
/// <param name="State">With the evaluation counted in.</param>
/// <param name="Measurement">The figures, the validation losses, the images left out.</param>
/// <param name="IsBest">Whether its AP is the run's best so far.</param>
/// <param name="Seconds">Wall-clock time.</param>
public sealed record Evaluated(TrainingState State, Measurement Measurement, bool IsBest, double Seconds) : RunEvent;

/// <summary>A checkpoint was written.</summary>
/// <param name="Path">Where.</param>
public sealed record Saved(string Path) : RunEvent;

/// <summary>A checkpoint or an evaluation could not be written, and the run goes on: what was written before is as it was.</summary>
/// <param name="Message">One sentence.</param>
/// <param name="InARow">How many could not, this one included.</param>
public sealed record NotSaved(string Message, int InARow) : RunEvent;

/// <summary>The run ended without failing; its last checkpoint is written.</summary>
/// <param name="State">The last one.</param>
/// <param name="Cancelled">Whether it was told to stop.</param>
public sealed record Ended(TrainingState State, bool Cancelled) : RunEvent;
