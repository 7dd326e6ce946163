using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Training;

/// <summary>What this process does of a run that several may share.</summary>
/// <param name="Group">All of them.</param>
internal sealed record RunProcesses(ProcessGroup Group)
{
    /// <summary>Whether this process reads and writes the run's folder.</summary>
    internal bool KeepsFolder => Group.IsFirst;

    internal int Count => Group.Size;

    /// <summary>This process's part of every batch.</summary>
    internal Shard Shard => new(Group.Rank, Group.Size);

    /// <summary>Whether it is so for any of the processes.</summary>
    internal bool Any(bool own) => Group.Any(own);

    /// <exception cref="RunException">The images of a forward pass cannot be shared equally.</exception>
    internal void RequireEqualParts(Config config)
    {
        int images = config.Data.ImagesPerStep / config.Solver.AccumulationSteps;
        if (images % Count != 0)
        {
            throw new RunException(
                $"a forward pass has {images} images (data.imagesPerStep {config.Data.ImagesPerStep}, solver.accumulationSteps "
                    + $"{config.Solver.AccumulationSteps}), expected a multiple of the {Count} processes that share it",
                RunFault.Request
            );
        }
    }

    /// <summary>Gives all processes the first one's state and tensors: nobody else reads weights or checkpoints.</summary>
    /// <returns>The first one's state.</returns>
    internal TrainingState TakeFromFirst(
        TrainingState own,
        Detector detector,
        Optimizer optimizer,
        WeightAverage? average
    )
    {
        TrainingState state = FromFirst(own);
        Group.CopyFromFirst(detector.state_dict().Values);
        Group.CopyFromFirst(optimizer.Momentum.Values);
        Group.CopyFromFirst(average?.Tensors.Values ?? []);
        return state;
    }

    /// <summary>What was found wrong by any of the processes, each of which has met images of its own; once where several met the same.</summary>
    internal IReadOnlyList<Finding> All(IReadOnlyList<Finding> own) =>
        [.. Group.Gather(FindingBytes.WriteAll(own)).SelectMany(FindingBytes.ReadAll).Distinct()];

    private TrainingState FromFirst(TrainingState own) =>
        CheckpointText.Read(Group.FromFirst(CheckpointText.Write(own))).Value;

    /// <exception cref="OperationCanceledException">It was cut off, in all processes.</exception>
    /// <returns>The figures, where this process has them, and the state with the evaluation counted in, which all have.</returns>
    internal (Measurement? Measurement, TrainingState After) Evaluate(
        Evaluator evaluator,
        TrainingState state,
        Dataset split,
        LossConditions? conditions,
        IReadOnlySet<long> kept,
        CancellationToken cancellation
    )
    {
        Measurement? measurement = EvaluateShared(Group, evaluator, split, conditions, kept, cancellation);
        TrainingState after = measurement is null
            ? state
            : state.WithEvaluation(
                measurement.Result.AP,
                CocoEvaluation.Thresholds(measurement.Result, [.. split.Classes.Select(name => name.Id)])
            );
        return (measurement, FromFirst(after));
    }

    /// <summary>An evaluation whose images the processes share. The figures are those of one process.</summary>
    /// <returns>Null in all processes but the first.</returns>
    /// <exception cref="DataException">An image cannot be used and the data is strict, or none can.</exception>
    /// <exception cref="OperationCanceledException">It was cut off in one of the processes; it is in all of them.</exception>
    /// <exception cref="PeerFailureException">Another process is gone.</exception>
    internal static Measurement? EvaluateShared(
        ProcessGroup group,
        Evaluator evaluator,
        Dataset dataset,
        LossConditions? conditions,
        IReadOnlySet<long>? kept,
        CancellationToken cancellation = default
    )
    {
        MeasuredImage[] own =
        [
            .. dataset
                .Images.Index()
                .Where(entry => entry.Index % group.Size == group.Rank)
                .TakeWhile(_ => !cancellation.IsCancellationRequested)
                .Select(entry => evaluator.Measure(entry.Item, entry.Index, conditions)),
        ];
        if (group.Any(cancellation.IsCancellationRequested))
        {
            throw new OperationCanceledException(cancellation);
        }
        IReadOnlyList<byte[]> all = group.Gather(MeasuredImage.Write(own));
        return group.IsFirst
            ? evaluator.Judge(dataset, [.. all.SelectMany(MeasuredImage.Read).OrderBy(image => image.Place)], kept)
            : null;
    }
}
