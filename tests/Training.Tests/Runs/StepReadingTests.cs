using DynamicRcnn.Core;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests.Runs;

public sealed class StepReadingTests : IDisposable
{
    private readonly DrawnRun drawn = new();

    public void Dispose() => drawn.Dispose();

    [Theory]
    // Windows of three steps, cut by checkpoints at 2, 4, 6, 8 and an evaluation at 5, with all that follows the weights.
    [InlineData(
        "ProposalsOnly",
        "checkpoint.interval=2",
        "evaluation.interval=5",
        "solver.emaDecay=0.9",
        "solver.accumulationSteps=2"
    )]
    // A gradient that is always clipped.
    [InlineData("MMDetection", "checkpoint.interval=100", "evaluation.interval=0", "solver.gradientClipNorm=0.5")]
    // Moments, and the number of their step, on the device.
    [InlineData(
        "ProposalsOnly",
        "checkpoint.interval=2",
        "evaluation.interval=0",
        "solver.optimizer=AdamW",
        "solver.baseLearningRate=0.001",
        "solver.rateSchedule=Cosine"
    )]
    // A schedule that counts iterations, and a window as long as the run.
    [InlineData("Official", "checkpoint.interval=100", "dynamic.updateInterval=8", "solver.precision=BFloat16")]
    public void A_run_that_reads_once_a_window_leaves_the_files_of_one_that_reads_each_step(
        string rule,
        params string[] sets
    )
    {
        string[] all = [$"dynamic.rule={rule}", .. sets];
        drawn.Whole("steps", StepReading.EachStep, all);
        List<RunEvent> events = drawn.Whole("windows", StepReading.EachWindow, all);

        Assert.Equal(Enumerable.Range(1, 8), events.OfType<Stepped>().Select(step => step.State.Iteration));
        Assert.Equal(DrawnRun.Bits(drawn.Checkpoint("steps", 8)), DrawnRun.Bits(drawn.Checkpoint("windows", 8)));
        Assert.Equal(
            drawn.Checkpoint("steps", 8).Metadata["training_state"],
            drawn.Checkpoint("windows", 8).Metadata["training_state"]
        );
        Assert.Equal(drawn.Log("steps"), drawn.Log("windows"));
        Assert.Equal(File.ReadAllBytes(drawn.Statistics("steps")), File.ReadAllBytes(drawn.Statistics("windows")));
    }

    [Fact]
    public void A_run_that_is_stopped_inside_a_window_has_read_it_and_goes_on_to_the_bit()
    {
        string[] sets = ["checkpoint.interval=100", "evaluation.interval=0", "dynamic.updateInterval=7"];
        drawn.Whole("whole", StepReading.EachStep, sets);
        using (TrainingRun first = drawn.Start("parts", drawn.Config(sets), StepReading.EachWindow))
        {
            // Asked before each iteration, of which none has been read by then.
            int asked = 0;
            List<RunEvent> events = [.. first.ToEnd(() => asked++ == 5)];
            Assert.Equal(5, events.OfType<Stepped>().Count());
        }
        using (TrainingRun second = drawn.Resume("parts", drawn.Config(sets), StepReading.EachWindow))
        {
            Assert.Equal(5, second.Iteration);
            Assert.IsType<Ended>(second.ToEnd(CancellationToken.None).Last());
        }
        Assert.Equal(DrawnRun.Bits(drawn.Checkpoint("whole", 8)), DrawnRun.Bits(drawn.Checkpoint("parts", 8)));
        Assert.Equal(drawn.Log("whole"), drawn.Log("parts"));
        Assert.Equal(File.ReadAllBytes(drawn.Statistics("whole")), File.ReadAllBytes(drawn.Statistics("parts")));
    }

    [Fact]
    public void Losses_that_stay_non_finite_end_the_run_where_its_window_ends()
    {
        string[] sets =
        [
            "solver.baseLearningRate=1E30",
            "solver.gradientClipNorm=0",
            "solver.warmupIterations=0",
            "evaluation.interval=0",
            "checkpoint.interval=100",
            "nonFinite.maxInARow=2",
            "dynamic.updateInterval=7",
        ];
        RunException error = Assert.Throws<RunException>(() => drawn.Whole("run", StepReading.EachWindow, sets));
        Assert.Contains("not finite, 2 steps in a row", error.Message, StringComparison.Ordinal);
        Assert.Equal(7, drawn.Log("run").Count);
        Assert.NotEmpty(drawn.Checkpoint("run", 7).Tensors);
    }

    [Fact]
    public void A_step_that_is_not_finite_inside_a_window_changes_nothing()
    {
        Config config = TestConfig.Tiny();
        using TinyRun run = new(config, reading: StepReading.EachWindow);
        using WeightAverage average = new(run.Trained, decay: 0.5, StepReading.EachWindow);
        run.Until(3);
        using PendingStep good = run.Start();
        average.Update(4, good.GradientNorm);
        torch.Tensor poisoned = run.Detector.state_dict()["roi_head.fc1.bias"];
        using torch.Tensor healthy = poisoned.clone();
        using torch.Tensor broken = torch.full_like(healthy, double.NaN);
        Fill(poisoned, broken);
        Dictionary<string, byte[]> before = Bits(run, average);
        using PendingStep bad = run.Start();
        average.Update(4, bad.GradientNorm);
        Assert.Equal(before, Bits(run, average));
        Fill(poisoned, healthy);
        using PendingStep after = run.Start();
        IReadOnlyList<StepReport> reports = run.Step.Read([good, bad, after]);
        Assert.Equal([null, "the classification loss", null], reports.Select(report => report.NonFinite));
        Assert.NotEqual(before, Bits(run, average));
    }

    private static void Fill(torch.Tensor tensor, torch.Tensor values)
    {
        using IDisposable unrecorded = torch.no_grad();
        tensor.copy_(values);
    }

    private static Dictionary<string, byte[]> Bits(TinyRun run, WeightAverage average)
    {
        Dictionary<string, byte[]> bits = run.Bits();
        foreach ((string name, torch.Tensor tensor) in average.Tensors)
        {
            bits["average." + name] = ops.to_bytes(tensor);
        }
        return bits;
    }
}
