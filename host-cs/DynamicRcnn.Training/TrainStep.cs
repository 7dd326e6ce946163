using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Torch;
using DynamicRcnn.Training.Distributed;

namespace DynamicRcnn.Training;

/// <summary>The four losses of a step, averaged over its passes.</summary>
/// <param name="RpnObjectness">Binary cross entropy of the sampled anchors.</param>
/// <param name="RpnBox">Box loss of the positive anchors.</param>
/// <param name="Classification">Cross entropy of the sampled RoIs.</param>
/// <param name="Box">Smooth L1 of the positive RoIs, with the schedule's beta.</param>
public sealed record StepLosses(double RpnObjectness, double RpnBox, double Classification, double Box)
{
    /// <summary>Their sum, which is minimised.</summary>
    public double Total => RpnObjectness + RpnBox + Classification + Box;

    /// <summary>The mean of several; at least one.</summary>
    public static StepLosses Mean(IReadOnlyCollection<StepLosses> all) =>
        new(
            all.Average(losses => losses.RpnObjectness),
            all.Average(losses => losses.RpnBox),
            all.Average(losses => losses.Classification),
            all.Average(losses => losses.Box)
        );

    /// <summary>The sums of several.</summary>
    internal static StepLosses Sum(IReadOnlyCollection<StepLosses> all) =>
        new(
            all.Sum(losses => losses.RpnObjectness),
            all.Sum(losses => losses.RpnBox),
            all.Sum(losses => losses.Classification),
            all.Sum(losses => losses.Box)
        );

    /// <summary>The losses of one pass, copied to the host.</summary>
    internal static StepLosses Of(Losses losses) =>
        new(
            losses.RpnObjectness.item<double>(),
            losses.RpnBox.item<double>(),
            losses.Classification.item<double>(),
            losses.Box.item<double>()
        );
}

/// <summary>The numbers that leave a step.</summary>
/// <param name="Losses">Means over the passes.</param>
/// <param name="Statistics">What the batch measured, for the schedule and for its replay.</param>
/// <param name="GradientNorm">L2, before clipping.</param>
/// <param name="NonFinite">What was not finite, by name; null when the step was applied.</param>
public sealed record StepReport(StepLosses Losses, BatchRecord Statistics, double GradientNorm, string? NonFinite)
{
    /// <summary>What the batch measured for the schedule.</summary>
    public BatchOutcome Outcome => Statistics.Outcome;
}

/// <summary>One optimiser step. Temporaries end with it; only numbers leave. A step that is not finite changes nothing.</summary>
/// <param name="detector">What is trained.</param>
/// <param name="optimizer">Over its parameters.</param>
/// <param name="config">Of the run.</param>
/// <param name="sharing">How the step is shared with other processes; null: it is not.</param>
public sealed class TrainStep(Detector detector, Sgd optimizer, Config config, StepSharing? sharing = null)
{
    /// <param name="batches">One for each accumulation step; of a shared step this process's images.</param>
    /// <param name="setting">IoU threshold and beta of this step.</param>
    /// <param name="iteration">From 1; the sampling is drawn from it.</param>
    /// <param name="learningRate">Of this step.</param>
    /// <returns>Numbers of the whole step, the same in all processes that share it.</returns>
    public StepReport Run(IReadOnlyList<ImageBatch> batches, Setting setting, int iteration, double learningRate)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor iouThreshold = torch.tensor((float)setting.IoUThreshold);
        torch.Tensor beta = torch.tensor((float)setting.Beta);
        SamplingSeed seed = new(config.Run.Seed, iteration);
        IReadOnlyList<PaddedPass> passes = sharing?.Pad(batches) ?? [.. batches.Select(PaddedPass.Alone)];
        List<(Losses Losses, StatisticTensors Statistics)> outputs = [];
        foreach (PaddedPass pass in passes)
        {
            (ImageInput input, GroundTruth truth) = Upload.Training(pass);
            TrainingOutput output;
            using (ops.autocast(config.Solver.Precision.IsBFloat16 ? torch.ScalarType.BFloat16 : null))
            {
                output = detector.forward_training(input, truth, iouThreshold, beta, config.Dynamic, seed);
            }
            Losses losses = sharing?.Share(output) ?? output.Losses;
            outputs.Add((losses, output.Statistics));
            torch.Tensor total = losses.Total / passes.Count;
            if (sharing is not null && outputs.Count == passes.Count)
            {
                sharing.SumGradients(() => total.backward());
            }
            else
            {
                total.backward();
            }
        }
        PassNumbers[] own = [.. outputs.Select(output => PassNumbers.Of(output.Losses, output.Statistics))];
        return Finish(sharing?.Join(own) ?? own, learningRate);
    }

    /// <summary>Applies the gradient if all numbers of the step are finite.</summary>
    private StepReport Finish(IReadOnlyList<PassNumbers> passes, double learningRate)
    {
        StepLosses losses = StepLosses.Mean([.. passes.Select(pass => pass.Losses)]);
        BatchRecord statistics = CoreApi.Record(
            config.Dynamic,
            PassNumbers.Statistics(CoreApi.Grid(config.Dynamic), passes)
        );
        double gradientNorm = optimizer.GradientNorm().item<double>();
        string? nonFinite = NonFinite(losses, gradientNorm);
        if (nonFinite is null)
        {
            optimizer.Step(learningRate, gradientNorm);
        }
        else
        {
            optimizer.ClearGradients();
        }
        return new StepReport(losses, statistics, gradientNorm, nonFinite);
    }

    private static string? NonFinite(StepLosses losses, double gradientNorm) =>
        !double.IsFinite(losses.RpnObjectness) ? "the RPN's objectness loss"
        : !double.IsFinite(losses.RpnBox) ? "the RPN's box loss"
        : !double.IsFinite(losses.Classification) ? "the classification loss"
        : !double.IsFinite(losses.Box) ? "the box loss"
        : !double.IsFinite(gradientNorm) ? "the gradient"
        : null;
}
