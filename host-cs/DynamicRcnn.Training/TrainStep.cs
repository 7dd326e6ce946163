using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Torch;

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
public sealed class TrainStep(Detector detector, Sgd optimizer, Config config)
{
    /// <param name="batches">One for each accumulation step.</param>
    /// <param name="setting">IoU threshold and beta of this step.</param>
    /// <param name="iteration">From 1; the sampling is drawn from it.</param>
    /// <param name="learningRate">Of this step.</param>
    public StepReport Run(IReadOnlyList<ImageBatch> batches, Setting setting, int iteration, double learningRate)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor iouThreshold = torch.tensor((float)setting.IoUThreshold);
        torch.Tensor beta = torch.tensor((float)setting.Beta);
        SamplingSeed seed = new(config.Run.Seed, iteration);
        List<TrainingOutput> outputs = [];
        foreach (ImageBatch batch in batches)
        {
            (ImageInput input, GroundTruth truth) = Upload.Training(batch);
            TrainingOutput output;
            using (ops.autocast(config.Solver.Precision.IsBFloat16 ? torch.ScalarType.BFloat16 : null))
            {
                output = detector.forward_training(input, truth, iouThreshold, beta, config.Dynamic, seed);
            }
            (output.Losses.Total / batches.Count).backward();
            outputs.Add(output);
        }
        return Finish(outputs, learningRate);
    }

    /// <summary>Reads the step's numbers, the only copies to the host, and applies the gradient if all of them are finite.</summary>
    private StepReport Finish(List<TrainingOutput> outputs, double learningRate)
    {
        StepLosses losses = StepLosses.Mean([.. outputs.Select(output => StepLosses.Of(output.Losses))]);
        BatchRecord statistics = CoreApi.Record(config.Dynamic, Read(outputs));
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

    /// <summary>The statistics of all passes, image after image: one copy to the host for each pass.</summary>
    private RawGridStatistics Read(List<TrainingOutput> outputs)
    {
        List<float> topIoUs = [];
        List<float> lowErrors = [];
        List<int> proposals = [];
        List<int> truths = [];
        foreach (StatisticTensors parts in outputs.Select(output => output.Statistics))
        {
            torch.Tensor[] columns =
            [
                parts.TopIoUs.view(-1),
                parts.LowErrors.view(-1),
                parts.ProposalCounts.to(torch.ScalarType.Float32),
                parts.GroundTruthCounts.to(torch.ScalarType.Float32),
            ];
            float[] values = ops.to_array<float>(torch.cat(columns));
            int images = (int)parts.ProposalCounts.shape[0];
            int errors = values.Length - (2 * images);
            int topIoUCount = (int)(parts.TopIoUs.shape[0] * parts.TopIoUs.shape[1]);
            topIoUs.AddRange(values[..topIoUCount]);
            lowErrors.AddRange(values[topIoUCount..errors]);
            proposals.AddRange(values[errors..(errors + images)].Select(count => (int)count));
            truths.AddRange(values[(errors + images)..].Select(count => (int)count));
        }
        return new RawGridStatistics(
            CoreApi.Grid(config.Dynamic),
            [.. topIoUs],
            [.. lowErrors],
            [.. proposals],
            [.. truths]
        );
    }
}
