using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;
using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Training.Tests;

public sealed class TrainStepTests
{
    [Fact]
    public void The_same_seed_gives_the_same_bits_and_no_step_keeps_a_tensor()
    {
        using TinyRun first = new(TestConfig.Tiny());
        first.Until(3);
        long before = TensorCount.Settled();
        first.Until(8);
        Assert.Equal(before, ops.live_tensors);
        using TinyRun second = new(TestConfig.Tiny());
        second.Until(8);
        Assert.Equal(first.Bits(), second.Bits());
    }

    [Fact]
    public void A_run_that_stops_and_goes_on_equals_one_that_does_not()
    {
        Config config = TestConfig.Tiny(shortSides: [64]);
        using TinyRun whole = new(config);
        whole.Until(26);
        using TinyRun first = new(config);
        // During the warm-up, inside an update window, and at its end.
        foreach (int cut in new[] { 4, 13, 20 })
        {
            first.Until(cut);
            GoesOn(first, config, whole);
        }
    }

    private static void GoesOn(TinyRun first, Config config, TinyRun whole)
    {
        string path = Path.Combine(Path.GetTempPath(), $"drcnn-{Guid.NewGuid():N}.safetensors");
        try
        {
            first.Save(path);
            using TinyRun second = new(config);
            second.Load(path);
            Assert.Equal(first.State.Iteration, second.State.Iteration);
            second.Until(26);
            Assert.Equal(whole.Bits(), second.Bits());
            Assert.Equal(CheckpointText.Write(whole.State), CheckpointText.Write(second.State));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_step_that_is_not_finite_changes_nothing_and_names_the_cause()
    {
        using TinyRun run = new(TestConfig.Tiny());
        run.Until(3);
        torch.Tensor poisoned = run.Detector.state_dict()["roi_head.fc1.bias"];
        using (torch.no_grad())
        {
            poisoned.fill_(float.NaN);
        }
        Dictionary<string, byte[]> before = run.Bits();
        StepReport report = Assert.Single(run.Until(4));
        Assert.Equal("the classification loss", report.NonFinite);
        Assert.Equal(before, run.Bits());
    }

    [Fact]
    public void A_gradient_that_is_no_number_behind_finite_losses_changes_nothing_and_is_named()
    {
        // Of a class without boxes no delta is compared, so the losses stay; its gradient of 0 times an infinite weight is NaN.
        Dataset cells = TinyRun.Cells(4);
        using TinyRun run = new(
            TestConfig.Tiny(),
            cells with
            {
                Classes = [.. cells.Classes, new ClassName(99, "absent")],
            }
        );
        run.Until(3);
        torch.Tensor regressor = run.Detector.state_dict()["roi_head.deltas.weight"];
        using (torch.no_grad())
        {
            regressor.narrow(0, regressor.shape[0] - 4, 4).fill_(float.PositiveInfinity);
        }
        Dictionary<string, byte[]> before = run.Bits();
        StepReport report = Assert.Single(run.Until(4));
        Assert.True(double.IsFinite(report.Losses.Total), $"{report.Losses}");
        Assert.True(double.IsNaN(report.GradientNorm), $"{report.GradientNorm}");
        Assert.Equal("the gradient", report.NonFinite);
        Assert.Equal(before, run.Bits());
    }

    [Fact]
    public void Passes_of_one_step_give_their_mean_gradient_and_one_outcome()
    {
        // Halves of a number and their sum are exact, so that a batch taken twice is the batch itself, to the bit.
        (StepReport once, Dictionary<string, byte[]> expected) = OneStep(passes: 1);
        (StepReport twice, Dictionary<string, byte[]> actual) = OneStep(passes: 2);
        Assert.Equal(expected, actual);
        Assert.Equal(once.GradientNorm, twice.GradientNorm);
        Assert.Equal(once.Losses, twice.Losses);
        Assert.Equal(once.Outcome, twice.Outcome);
        Assert.True(once.Outcome.IsMeasured);
    }

    [Fact]
    public void In_bfloat16_the_losses_round_and_weights_stay_float32()
    {
        using TinyRun exact = new(TestConfig.Tiny());
        using TinyRun run = new(TestConfig.Tiny(precision: Precision.BFloat16));
        StepLosses expected = exact.Until(1)[0].Losses;
        StepReport first = run.Until(1)[0];
        Assert.Null(first.NonFinite);
        Assert.NotEqual(expected, first.Losses);
        Assert.Equal(expected.Total, first.Losses.Total, 0.05 * expected.Total);
        Assert.All(
            run.Detector.named_parameters(),
            entry => Assert.Equal(torch.ScalarType.Float32, entry.parameter.dtype)
        );
        long handles = TensorCount.Settled();
        Assert.All(run.Until(3), report => Assert.Null(report.NonFinite));
        Assert.Equal(handles, ops.live_tensors);
    }

    private static (StepReport Report, Dictionary<string, byte[]> Bits) OneStep(int passes)
    {
        Config config = TestConfig.Tiny();
        using TinyRun run = new(config);
        using BatchSource batches = BatchSource.Train(
            run.Dataset,
            config.Data,
            config.Model.Backbone,
            config.Model.Conventions,
            config.Data.ImagesPerStep,
            config.Run.Seed,
            firstIteration: 1
        );
        ImageBatch batch = batches.Next();
        TrainStep step = new(run.Detector, run.Optimizer, config);
        StepReport report = step.Run([.. Enumerable.Repeat(batch, passes)], run.State.Settings, iteration: 1, 0.01);
        return (report, run.Bits());
    }
}
