using DynamicRcnn.Core.Reference;
using Microsoft.FSharp.Core;
using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.Statistics;

/// <summary>The detector's statistics against the plain reference of the core.</summary>
public static class DeviceStatisticsTests
{
    private const float Side = 120;

    public static TheoryData<int, int, double, string> Cases =>
        new()
        {
            { 0, 75, 0.5, "Constant" },
            { 0, 75, 0.5, "LessGroundTruths" },
            { 0, 75, 0.5, "PerGroundTruth" },
            { 0, 75, 0.5, "PerOverlap" },
            { 0, 75, 0.5, "PerPositive" },
            { 1, 75, 0.5, "Constant" },
            { 2, 75, 0.5, "Constant" },
            { 0, 20, 0.5, "Constant" },
            { 1, 20, 0.3, "Constant" },
            { 1, 20, 1.1, "Constant" }, // above 1 even ground truth is negative
            { 2, 20, 0.3, "Constant" },
        };

    private static RankScaling Scaling(string name) =>
        name switch
        {
            "LessGroundTruths" => RankScaling.LessGroundTruths,
            "PerGroundTruth" => RankScaling.PerGroundTruth,
            "PerOverlap" => RankScaling.PerOverlap,
            "PerPositive" => RankScaling.PerPositive,
            _ => RankScaling.Constant,
        };

    private static StatisticsRule Rule(int index) =>
        index switch
        {
            0 => StatisticsRule.ProposalsOnly,
            1 => StatisticsRule.Official,
            _ => StatisticsRule.MMDetection,
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public static void Every_rule_equals_the_plain_reference_at_every_rank_of_the_grid(
        int rule,
        int topIoUCount,
        double threshold,
        string scaling
    )
    {
        using DisposeScope scope = torch.NewDisposeScope();
        DynamicConfig dynamic = TestConfig.Dynamic(Rule(rule), topIoUCount, rankScaling: Scaling(scaling));
        Batch batch = Batch.Random(new Random(5), truthCounts: [4, 9], proposals: 80);
        StatisticTensors measured = batch.Measure(dynamic, threshold, TestConfig.MMDetection, out SampledRoIs rois);
        ImageProposals[] plain = batch.Plain(rois);
        StatisticsGrid grid = StatisticsGrid.Of(dynamic);
        Assert.Contains(topIoUCount, grid.TopIoUCounts);
        for (int rank = 0; rank < grid.TopIoUCounts.Length; rank++)
        {
            RawStatistics expected = Reference(grid.TopIoUCounts[rank], dynamic.LowErrorCount);
            Equal(expected.TopIoUs, Column(measured.TopIoUs, 1 + rank), 1e-6);
        }
        for (int rank = 0; rank < grid.LowErrorCounts.Length; rank++)
        {
            RawStatistics expected = Reference(dynamic.TopIoUCount, grid.LowErrorCounts[rank]);
            Equal(expected.LowErrors, Column(measured.LowErrors, 1 + rank), 1e-4);
            Assert.Contains(expected.LowErrors, error => error.IsSome);
        }
        RawStatistics own = Reference(dynamic.TopIoUCount, dynamic.LowErrorCount);
        Equal(own.TopIoUs, Column(measured.TopIoUs, 0), 1e-6);
        Equal(own.LowErrors, Column(measured.LowErrors, 0), 1e-4);
        Assert.Equal([80, 80], ReadLongs(measured.ProposalCounts));
        Assert.Equal([4, 9], ReadLongs(measured.GroundTruthCounts));

        RawStatistics Reference(int topIoU, int lowError) =>
            PlainStatistics.ofIoUs(Ranked(dynamic, topIoU, lowError), 2, threshold, plain);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public static void A_rank_is_the_same_to_the_bit_whichever_rank_the_schedule_uses(int rule)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Batch batch = Batch.Random(new Random(9), truthCounts: [4, 9], proposals: 80);
        DynamicConfig recorded = TestConfig.Dynamic(Rule(rule), 20);
        StatisticsGrid grid = StatisticsGrid.Of(recorded);
        StatisticTensors all = batch.Measure(recorded, 0.5, TestConfig.MMDetection, out _);
        foreach ((int topIoU, int lowError) in new[] { (1, 1), (10, 22), (75, 300) })
        {
            DynamicConfig own = Ranked(recorded, topIoU, lowError);
            StatisticTensors alone = batch.Measure(own, 0.5, TestConfig.MMDetection, out _, withGrid: false);
            Assert.Equal(1, alone.TopIoUs.shape[1]);
            Assert.Equal(Column(alone.TopIoUs, 0), Column(all.TopIoUs, 1 + Array.IndexOf(grid.TopIoUCounts, topIoU)));
            Assert.Equal(
                Column(alone.LowErrors, 0),
                Column(all.LowErrors, 1 + Array.IndexOf(grid.LowErrorCounts, lowError))
            );
        }
    }

    [Theory]
    [InlineData(0, new[] { true, false })]
    [InlineData(1, new[] { false })]
    [InlineData(2, new[] { true, true })]
    public static void An_image_without_ground_truth_counts_as_the_rule_says(int rule, bool[] topIoUMeasured)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Batch batch = Batch.Random(new Random(6), truthCounts: [4, 0], proposals: 80);
        StatisticTensors measured = batch.Measure(
            TestConfig.Dynamic(Rule(rule), topIoUCount: 5),
            0.5,
            TestConfig.MMDetection,
            out _
        );
        float[] fifth = Column(measured.TopIoUs, 0);
        Assert.Equal(topIoUMeasured, fifth.Select(value => value >= 0));
        Assert.All(fifth.Skip(1), value => Assert.True(value is 0 or (float)StatisticTensors.NotMeasured));
        Assert.Equal([4, 0], ReadLongs(measured.GroundTruthCounts));
        Assert.Equal([true, false], ReadLongs(measured.OverlapCounts).Select(count => count >= 4));
        Assert.Equal([true, false], ReadLongs(measured.PositiveCounts).Select(count => count > 0));
    }

    [Fact]
    public static void The_numbers_of_an_image_ask_neither_the_threshold_nor_the_sampling_nor_the_rest_of_the_batch()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Batch batch = Batch.Random(new Random(11), truthCounts: [4, 9], proposals: 80);
        Batch turned = new([.. batch.Proposals.Reverse()], [.. batch.Truths.Reverse()]);
        DynamicConfig dynamic = TestConfig.Dynamic(rankScaling: RankScaling.PerOverlap);
        StatisticTensors low = batch.Measure(dynamic, 0.3, TestConfig.MMDetection, out _);
        StatisticTensors high = turned.Measure(dynamic, 0.9, TestConfig.MMDetection, out _);
        foreach ((Tensor one, Tensor other) in low.Counts.Zip(high.Counts))
            Assert.Equal(ReadLongs(one), ReadLongs(other).Reverse());
        Assert.Equal(Read(low.TopIoUs), Read(high.TopIoUs.flip(0)));
        Assert.Equal(Read(low.LowErrors), Read(high.LowErrors.flip(0)));
    }

    [Fact]
    public static void Each_ground_truth_counts_its_ten_highest_IoUs_rounded_down_and_at_least_once()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        // Twelve copies of one ground truth are ten overlaps of it; one box that halves another is half an overlap, which counts as one.
        float[] first = [0, 0, 20, 20];
        float[] second = [60, 60, 80, 80];
        float[] proposals = [.. Enumerable.Repeat(first, 12).SelectMany(box => box), 60, 60, 70, 80];
        StatisticTensors measured = new Batch(
            [proposals, proposals],
            [
                [.. first, .. second],
                [.. second],
            ]
        ).Measure(TestConfig.Dynamic(), 0.5, TestConfig.MMDetection, out _);
        Assert.Equal([11, 1], ReadLongs(measured.OverlapCounts));
        Assert.Equal([13, 1], ReadLongs(measured.PositiveCounts));
    }

    [Fact]
    public static void The_official_rule_measures_nothing_at_ranks_with_too_few_proposals()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Batch batch = Batch.Random(new Random(7), truthCounts: [4, 4], proposals: 10);
        DynamicConfig dynamic = TestConfig.Dynamic(StatisticsRule.Official, topIoUCount: 14);
        StatisticTensors measured = batch.Measure(dynamic, 0.4, TestConfig.Official, out _);
        int[] counts = [dynamic.TopIoUCount, .. StatisticsGrid.Of(dynamic).TopIoUCounts];
        Assert.Equal(counts.Select(count => count <= 14), Read(measured.TopIoUs).Select(value => value >= 0));
        Assert.All(Read(measured.LowErrors), value => Assert.True(value >= 0));
    }

    [Fact]
    public static void Many_ground_truths_make_the_official_error_exactly_zero_and_ours_not()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Batch batch = Batch.Random(new Random(8), truthCounts: [14, 14], proposals: 80);
        StatisticTensors official = batch.Measure(
            TestConfig.Dynamic(StatisticsRule.Official),
            0.4,
            TestConfig.Official,
            out _
        );
        StatisticTensors ours = batch.Measure(TestConfig.Dynamic(), 0.4, TestConfig.Official, out _);
        Assert.Equal([0], Column(official.LowErrors, 0));
        Assert.All(Column(ours.LowErrors, 0), error => Assert.True(error > 0));
    }

    /// <summary>The entries of one column: the schedule's own in the first, then a rank of the grid in each.</summary>
    private static float[] Column(Tensor values, int column) => Read(values.select(1, column));

    private static void Equal(FSharpValueOption<float>[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(
            expected.Select(value => value.IsSome),
            actual.Select(value => value != StatisticTensors.NotMeasured)
        );
        Close(
            [.. expected.Where(value => value.IsSome).Select(value => value.Value)],
            [.. actual.Where(value => value != StatisticTensors.NotMeasured)],
            tolerance
        );
    }

    private static DynamicConfig Ranked(DynamicConfig dynamic, int topIoUCount, int lowErrorCount) =>
        new(
            dynamic.Rule,
            dynamic.MoveThreshold,
            dynamic.MoveBeta,
            topIoUCount,
            lowErrorCount,
            dynamic.UpdateInterval,
            dynamic.InitialIoU,
            dynamic.FloorIoU,
            dynamic.CeilingIoU,
            dynamic.InitialBeta,
            dynamic.MinimumBeta,
            dynamic.RankScaling
        );

    /// <summary>A random batch, on the device and as the reference wants it.</summary>
    private sealed record Batch(float[][] Proposals, float[][] Truths)
    {
        public static Batch Random(Random random, int[] truthCounts, int proposals)
        {
            float[][] truths = [.. truthCounts.Select(count => RandomBoxes(random, count, Side))];
            return new Batch([.. truths.Select(truth => Near(random, truth, proposals))], truths);
        }

        /// <summary>Half of the proposals are anywhere, half near some ground truth.</summary>
        private static float[] Near(Random random, float[] truth, int count)
        {
            float[] boxes = RandomBoxes(random, count, Side);
            for (int box = 0; box < count / 2 && truth.Length > 0; box++)
            {
                ReadOnlySpan<float> target = Box(truth, random.Next(truth.Length / 4));
                for (int side = 0; side < 4; side++)
                {
                    float length = target[side % 2 + 2] - target[side % 2];
                    boxes[4 * box + side] = target[side] + 0.3f * length * (random.NextSingle() - 0.5f);
                }
            }
            return boxes;
        }

        public StatisticTensors Measure(
            DynamicConfig dynamic,
            double threshold,
            Conventions conventions,
            out SampledRoIs rois,
            bool withGrid = true
        )
        {
            RoIHeadConfig head = TestConfig.RoIHead();
            int count = Proposals[0].Length / 4;
            GroundTruth truth = PaddedTruth.From(
                Truth(float.NaN, 16, [.. Truths.Select(boxes => (boxes, new long[boxes.Length / 4]))])
            );
            Proposals proposals = new(
                Floats([2, count + 3, 4], [.. Proposals.SelectMany(boxes => boxes.Concat(new float[12]))]),
                Bools(
                    [2, count + 3],
                    [.. Proposals.SelectMany(_ => Enumerable.Range(0, count + 3).Select(row => row < count))]
                ),
                torch.zeros([2, count + 3])
            );
            RoISampler sampler = new(head, conventions);
            Candidates candidates = sampler.Match(proposals.Boxes, proposals.Valid, truth);
            Tensor iouThreshold = torch.tensor((float)threshold);
            rois = sampler.Draw(candidates, truth, iouThreshold, Longs([2], 1, 2), new SamplingSeed(1, 1));
            using DeviceStatistics statistics = new(head, conventions);
            return statistics.Measure(
                dynamic,
                withGrid ? StatisticsGrid.Of(dynamic) : null,
                candidates,
                truth,
                rois,
                iouThreshold
            );
        }

        /// <summary>Proposals, then ground truth; the sampled positives found again by their boxes.</summary>
        public ImageProposals[] Plain(SampledRoIs rois)
        {
            float[] sampled = Read(rois.Boxes);
            bool[] positive = ReadBools(rois.Positive);
            int samples = positive.Length / 2;
            return
            [
                .. Enumerable
                    .Range(0, 2)
                    .Select(image =>
                    {
                        float[] boxes = [.. Proposals[image], .. Truths[image]];
                        int own = Proposals[image].Length / 4;
                        HashSet<string> drawn =
                        [
                            .. Enumerable
                                .Range(image * samples, samples)
                                .Where(row => positive[row])
                                .Select(row => string.Join(' ', Box(sampled, row).ToArray())),
                        ];
                        return new ImageProposals(
                            Matrix(Truths[image], boxes, (truth, box) => IoU(truth, box, 0)),
                            Matrix(Truths[image], boxes, Error),
                            [.. Enumerable.Range(0, boxes.Length / 4).Select(row => row >= own)],
                            [
                                .. Enumerable
                                    .Range(0, boxes.Length / 4)
                                    .Select(row => drawn.Contains(string.Join(' ', Box(boxes, row).ToArray()))),
                            ]
                        );
                    }),
            ];
        }

        private delegate float Pair(ReadOnlySpan<float> truth, ReadOnlySpan<float> box);

        private static float[,] Matrix(float[] truths, float[] boxes, Pair pair)
        {
            float[,] matrix = new float[truths.Length / 4, boxes.Length / 4];
            for (int truth = 0; truth < truths.Length / 4; truth++)
            for (int box = 0; box < boxes.Length / 4; box++)
                matrix[truth, box] = pair(Box(truths, truth), Box(boxes, box));
            return matrix;
        }

        private static float Error(ReadOnlySpan<float> truth, ReadOnlySpan<float> box)
        {
            float Axis(ReadOnlySpan<float> target, ReadOnlySpan<float> reference, int axis) =>
                Math.Abs(target[axis] + target[axis + 2] - reference[axis] - reference[axis + 2])
                / 2
                / (reference[axis + 2] - reference[axis])
                * 10;
            return (Axis(truth, box, 0) + Axis(truth, box, 1)) / 2;
        }
    }
}
