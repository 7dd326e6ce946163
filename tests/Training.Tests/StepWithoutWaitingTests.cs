using DynamicRcnn.Tests;
using DynamicRcnn.Training.Runs;
using DynamicRcnn.Training.Tests.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests;

/// <summary>libtorch is watched from inside, so that operators which call a waiting one themselves are found too, in backward as well.</summary>
public static class StepWithoutWaitingTests
{
    /// <summary>Tensors that a pass brings from the host: four of the images, three of the ground truth.</summary>
    private const int UploadsOfPass = 7;

    public static TheoryData<string, string[]> Variants =>
        new()
        {
            { "ours", [] },
            { "bfloat16, two passes", ["solver.precision=BFloat16", "solver.accumulationSteps=2"] },
            {
                "the authors' geometry and rule",
                [.. ObservedStep.Conventions("official-r50-1x"), "dynamic.rule=Official"]
            },
            {
                "MMDetection's geometry and rule",
                [.. ObservedStep.Conventions("mmdet-r50-1x"), "dynamic.rule=MMDetection"]
            },
            {
                "deformable convolutions, fixed batch norms, a frozen stem, no clipping",
                [
                    "model.backbone.depth=50",
                    "model.backbone.norm=EvalBatchNorm",
                    "model.backbone.frozenStages=1",
                    "model.backbone.deformableStages=[2]",
                    "solver.gradientClipNorm=0",
                ]
            },
            {
                "channels last, ranks by ground truths",
                ["run.memoryFormat=ChannelsLast", "dynamic.rankScaling=PerGroundTruth"]
            },
        };

    [Theory]
    [MemberData(nameof(Variants))]
    public static void Between_two_reads_nothing_asks_for_a_value_that_is_on_the_device(string variant, string[] sets)
    {
        Observation.Require();
        using ObservedStep run = new(sets);
        run.Make(); // constants are brought to the device once
        string[] seen = ops.observe(() =>
        {
            run.Make();
            run.Make();
        });
        Assert.True(seen.Length > 1000, $"{variant}: {seen.Length} operators");
        Assert.Contains(
            seen,
            line =>
                line.Contains("Backward", StringComparison.Ordinal)
                || line.Contains("_backward", StringComparison.Ordinal)
        );
        Assert.Empty(HostReads.Among(seen));
        Assert.Equal(2 * run.Passes * UploadsOfPass, HostReads.Uploads(seen));
    }

    [Fact]
    public static void The_numbers_of_all_steps_come_with_one_copy()
    {
        Observation.Require();
        using ObservedStep run = new();
        run.Make();
        run.Make();
        run.Make();
        IReadOnlyList<StepReport> reports = [];
        string[] seen = ops.observe(() => reports = run.Step.Read(run.Pending));
        Assert.Equal(3, reports.Count);
        Assert.Single(HostReads.Among(seen));
    }

    [Fact]
    public static void A_run_waits_once_for_a_window()
    {
        Observation.Require();
        using DrawnRun drawn = new();
        string[] sets = ["dynamic.updateInterval=4", "evaluation.interval=0", "checkpoint.interval=100"];
        using TrainingRun run = drawn.Start("run", drawn.Config(sets), StepReading.EachWindow);
        using IEnumerator<RunEvent> events = run.ToEnd(CancellationToken.None).GetEnumerator();
        string[] first = ops.observe(() => events.MoveNext());
        Assert.Equal(1, Assert.IsType<Stepped>(events.Current).State.Iteration);
        string read = Assert.Single(HostReads.Among(first));
        Assert.StartsWith("drcnn::copy_to", read, StringComparison.Ordinal);
        // All four steps of the window had been made by then.
        Assert.Equal(4, first.Count(line => line.StartsWith("aten::_foreach_norm", StringComparison.Ordinal)));
    }

    [Fact]
    public static void Every_way_of_waiting_is_found()
    {
        Observation.Require();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor values = torch.arange(4, torch.ScalarType.Float32);
        torch.Tensor mask = values > 1;
        Action[] ways =
        [
            () => values.sum().item<float>(),
            () => ops.to_array<float>(values),
            () => values.masked_select(mask),
            () => values.index(mask),
            () => mask.nonzero(),
            () => torch.where(mask),
        ];
        Assert.All(ways, way => Assert.NotEmpty(HostReads.Among(ops.observe(way))));
        Assert.Empty(HostReads.Among(ops.observe(() => torch.where(mask, values, values * 2).sum())));
    }

    [Fact]
    public static void Steps_of_one_size_and_bucket_run_the_same_operators_on_the_same_shapes()
    {
        Observation.Require();
        using ObservedStep run = new();
        run.Make();
        string[] few = ops.observe(() => run.Make(boxes: 1));
        string[] many = ops.observe(() => run.Make(boxes: 8));
        string[] more = ops.observe(() => run.Make(boxes: 9));
        Assert.Equal(few, many);
        Assert.NotEqual(few, more);
    }
}
