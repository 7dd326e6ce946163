using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;
using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Training.Tests;

/// <summary>Batches as no honest data set has them, under each rule of the schedule: the step ends, its numbers are finite, and it changes weights.</summary>
public sealed class ExtremeBatchTests
{
    private const int Side = 96;
    private const int ManyBoxes = 2000;
    private const int Narrow = 32;
    private const int Long = 4000;

    public static TheoryData<string, string> Cases
    {
        get
        {
            TheoryData<string, string> all = [];
            foreach (string name in batches.Keys)
            {
                all.Add(name, nameof(StatisticsRule.ProposalsOnly));
                all.Add(name, nameof(StatisticsRule.Official));
                all.Add(name, nameof(StatisticsRule.MMDetection));
            }
            return all;
        }
    }

    private static readonly Dictionary<string, Batch> batches = new()
    {
        ["no boxes"] = new(Side, Side, _ => []),
        ["boxes in one image alone"] = new(Side, Side, image => image == 1 ? [Box(10, 10, 60, 60)] : []),
        ["one box"] = new(Side, Side, _ => [Box(10, 10, 60, 60)]),
        ["2,000 boxes"] = new(
            Side,
            Side,
            _ =>
                [
                    .. Enumerable
                        .Range(0, ManyBoxes)
                        .Select(i => Box(i % 80, i / 80 * 3, (i % 80) + 12, (i / 80 * 3) + 9)),
                ]
        ),
        ["one box 2,000 times"] = new(Side, Side, _ => [.. Enumerable.Repeat(Box(10, 10, 60, 60), ManyBoxes)]),
        ["boxes of one pixel"] = new(
            Side,
            Side,
            _ => [.. Enumerable.Range(0, 40).Select(i => Box(2 * i, 2 * i, (2 * i) + 1, (2 * i) + 1))]
        ),
        ["boxes as large as the image"] = new(Side, Side, _ => [Box(0, 0, Side, Side), Box(0, 0, Side, Side)]),
        ["crowds alone, so no positives"] = new(Side, Side, _ => [Box(10, 10, 60, 60) with { Crowd = true }]),
        ["more classes than samples"] = new(Side, Side, _ => [Box(10, 10, 60, 60) with { Label = 999 }], Classes: 1000),
        ["32 x 4,000 pixels"] = new(Narrow, Long, _ => [Box(1, 100, 31, 3900), Box(3, 10, 20, 40)]),
        ["4,000 x 32 pixels"] = new(Long, Narrow, _ => [Box(100, 1, 3900, 31), Box(10, 3, 40, 20)]),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_step_on_it_ends_with_finite_numbers(string name, string rule)
    {
        Batch batch = batches[name];
        Config config = TestConfig.Tiny(
            shortSides: [Math.Min(batch.Width, batch.Height)],
            maxSide: Long,
            updateInterval: 2,
            rule: rule switch
            {
                nameof(StatisticsRule.Official) => StatisticsRule.Official,
                nameof(StatisticsRule.MMDetection) => StatisticsRule.MMDetection,
                _ => StatisticsRule.ProposalsOnly,
            }
        );
        long before = TensorCount.Settled();
        using (TinyRun run = new(config, batch.Dataset()))
        {
            Dictionary<string, byte[]> start = run.Bits();
            for (int iteration = 1; iteration <= 2; iteration++)
            {
                StepReport report = run.Step.Run([batch.Make(config, iteration)], run.State.Settings, iteration, 0.001);
                Assert.Null(report.NonFinite);
                Assert.True(double.IsFinite(report.Losses.Total) && report.Losses.Total > 0, $"{report.Losses}");
                Assert.True(double.IsFinite(report.GradientNorm), $"{report.GradientNorm}");
            }
            Assert.NotEqual(start, run.Bits());
        }
        Assert.Equal(before, ops.live_tensors);
    }

    private static GroundTruthBox Box(float x1, float y1, float x2, float y2) =>
        new(x1, y1, x2, y2, Label: 0, Crowd: false, (x2 - x1) * (y2 - y1), AnnotationId: 1);

    private sealed record Batch(int Width, int Height, Func<int, GroundTruthBox[]> Boxes, int Classes = 2)
    {
        private ImageRecord[] Images =>
            [.. new[] { 1, 2 }.Select(id => new ImageRecord(id, "", "", Width, Height, Boxes(id)))];

        internal Dataset Dataset() =>
            new(
                "extreme",
                "train",
                [.. Enumerable.Range(0, Classes).Select(label => new ClassName(label + 1, $"{label}"))],
                Images,
                []
            );

        internal ImageBatch Make(Config config, int iteration)
        {
            byte[] pixels = new byte[3 * Width * Height];
            new Random(iteration).NextBytes(pixels);
            return BatchSource.Of(
                Images.Select(image => (image, new RgbImage(Width, Height, pixels))),
                config.Data,
                config.Model.Backbone,
                config.Model.Conventions,
                config.Run.Seed,
                iteration
            );
        }
    }
}
