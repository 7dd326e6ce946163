using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Training;

/// <summary>One optimiser step. Temporaries end with it; only numbers leave. A step that is not finite changes nothing.</summary>
/// <param name="detector">What is trained.</param>
/// <param name="optimizer">Over its parameters.</param>
/// <param name="config">Of the run.</param>
/// <param name="sharing">How the step is shared with other processes.</param>
public sealed class TrainStep(Detector detector, Optimizer optimizer, Config config, StepSharing sharing)
{
    private readonly DynamicConfig[] schedules = StageSchedules.Of(config);

    /// <summary>Steps of a process that trains alone.</summary>
    /// <inheritdoc cref="TrainStep(Detector, Optimizer, Config, StepSharing)"/>
    public TrainStep(Detector detector, Optimizer optimizer, Config config)
        : this(detector, optimizer, config, new StepSharing(ProcessGroup.Alone, detector)) { }

    /// <summary>Makes a step and reads its numbers.</summary>
    /// <param name="batches">One for each accumulation step; of a shared step this process's images.</param>
    /// <param name="settings">IoU threshold and beta of this step, of each box head.</param>
    /// <param name="iteration">From 1; the sampling is drawn from it.</param>
    /// <param name="learningRate">Of this step.</param>
    /// <returns>Numbers of the whole step, the same in all processes that share it.</returns>
    public StepReport Run(
        IReadOnlyList<ImageBatch> batches,
        IReadOnlyList<Setting> settings,
        int iteration,
        double learningRate
    )
    {
        using PendingStep step = Start(batches, settings, iteration, learningRate);
        return Read([step])[0];
    }

    /// <summary>Makes a step. Unless the optimiser reads each step, nothing here makes the host wait for the device.</summary>
    /// <returns>What <see cref="Read"/> takes, after any number of further steps.</returns>
    /// <inheritdoc cref="Run"/>
    public PendingStep Start(
        IReadOnlyList<ImageBatch> batches,
        IReadOnlyList<Setting> settings,
        int iteration,
        double learningRate
    )
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Device device = detector.device;
        StepInputs inputs = StepInputs.On(device, settings, learningRate, config.Run.Seed, iteration);
        IReadOnlyList<PaddedPass> passes = sharing.Pad(batches);
        if (optimizer.Reading == StepReading.EachWindow)
        {
            passes = [.. passes.Select(pass => pass.InBucket())];
        }
        List<(torch.Tensor Row, PassLayout Layout)> rows = [];
        foreach (PaddedPass pass in passes)
        {
            (ImageInput input, GroundTruth truth) = Upload.Training(pass, device);
            if (config.Solver.Precision.IsBFloat16)
            {
                input = input with { Images = input.Images.to(torch.ScalarType.BFloat16) };
            }
            TrainingOutput output = detector.forward_training(
                input,
                truth,
                [
                    .. inputs.Stages.Zip(
                        schedules,
                        (stage, schedule) => new StageSetting(stage.IoUThreshold, stage.Beta, schedule)
                    ),
                ],
                inputs.Seed,
                StatisticsGrid.Of(config.Dynamic)
            );
            Losses losses = sharing.Share(output);
            rows.Add(PassNumbers.OnDevice(losses, [.. output.Stages.Select(stage => stage.Statistics)]));
            ops.backward(losses.Total / passes.Count, WeightOf(losses));
        }
        sharing.SumGradients();
        torch.Tensor norm = optimizer.GradientNorm();
        optimizer.Step(inputs.LearningRate, norm);
        torch.Tensor numbers = norm.to(torch.ScalarType.Float64).view(1);
        return new PendingStep(
            torch.cat([.. rows.Select(row => row.Row), numbers]).DetachFromDisposeScope(),
            [.. rows.Select(row => row.Layout)],
            norm.DetachFromDisposeScope()
        );
    }

    /// <summary>Reads the numbers of steps, with one copy for all of them. Waits for the device.</summary>
    /// <param name="steps">In the order in which they were made; of shared ones the same in all processes.</param>
    /// <returns>Numbers of each whole step, the same in all processes that share it.</returns>
    public IReadOnlyList<StepReport> Read(IReadOnlyList<PendingStep> steps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double[] values = ops.to_array<double>(torch.cat([.. steps.Select(step => step.Row)]));
        List<PassNumbers> own = [];
        List<double> norms = [];
        int start = 0;
        foreach (PendingStep step in steps)
        {
            foreach (PassLayout layout in step.Passes)
            {
                own.Add(PassNumbers.Read(layout, values.AsSpan(start, layout.Length)));
                start += layout.Length;
            }
            norms.Add(values[start++]);
        }
        IReadOnlyList<PassNumbers> passes = sharing.Join(own);
        int taken = 0;
        List<StepReport> reports = [];
        foreach ((PendingStep step, double norm) in steps.Zip(norms))
        {
            reports.Add(Report([.. passes.Skip(taken).Take(step.Passes.Count)], norm));
            taken += step.Passes.Count;
        }
        return reports;
    }

    private StepReport Report(PassNumbers[] passes, double gradientNorm)
    {
        StepLosses losses = StepLosses.Mean([.. passes.Select(pass => pass.Losses)]);
        StatisticsGrid grid = StatisticsGrid.Of(config.Dynamic);
        BatchRecord[] stages =
        [
            .. schedules.Select(
                (schedule, stage) => GridStatistics.Record(schedule, PassNumbers.Statistics(grid, passes, stage))
            ),
        ];
        return new StepReport(losses, stages[0], gradientNorm, NonFinite(losses, gradientNorm))
        {
            Cascade = stages[1..],
        };
    }

    /// <summary>
    /// What the gradient of the total is multiplied with: 1, or NaN where a loss is not finite. So the norm of the gradient alone tells whether
    /// a step may be applied, and tells it to every process that shares it: an infinite loss can have a finite gradient.
    /// </summary>
    private static torch.Tensor WeightOf(Losses losses)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable unrecorded = torch.no_grad();
        torch.Tensor all = torch.stack([losses.RpnObjectness, losses.RpnBox, losses.Classification, losses.Box]);
        torch.Tensor bad = all.isfinite().all().logical_not();
        return scope.MoveToOuter(torch.ones_like(losses.Box).masked_fill(bad, double.NaN));
    }

    private static string? NonFinite(StepLosses losses, double gradientNorm) =>
        !double.IsFinite(losses.RpnObjectness) ? "the RPN's objectness loss"
        : !double.IsFinite(losses.RpnBox) ? "the RPN's box loss"
        : !double.IsFinite(losses.Classification) ? "the classification loss"
        : !double.IsFinite(losses.Box) ? "the box loss"
        : !double.IsFinite(gradientNorm) ? "the gradient"
        : null;
}
