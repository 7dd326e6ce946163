namespace DynamicRcnn.Model.Tests.Operators;

public sealed class NmsTests
{
    /// <summary>The definition, written out: O(n^2), float32 like the operator.</summary>
    private static List<int> Reference(
        float[] boxes,
        float[] scores,
        long[] groups,
        double threshold,
        float offset,
        bool suppressEqual
    )
    {
        List<int> kept = [];
        foreach (int i in Enumerable.Range(0, scores.Length).OrderByDescending(row => scores[row]))
        {
            bool suppressed = kept.Exists(j =>
            {
                float wide = MathF.Min(boxes[(4 * i) + 2], boxes[(4 * j) + 2]) - MathF.Max(boxes[4 * i], boxes[4 * j]);
                float high =
                    MathF.Min(boxes[(4 * i) + 3], boxes[(4 * j) + 3])
                    - MathF.Max(boxes[(4 * i) + 1], boxes[(4 * j) + 1]);
                float intersection = MathF.Max(wide + offset, 0) * MathF.Max(high + offset, 0);
                float iou = intersection / (Area(j) + Area(i) - intersection);
                return groups[i] == groups[j] && (suppressEqual ? iou >= threshold : iou > threshold);
            });
            if (!suppressed)
            {
                kept.Add(i);
            }
        }
        return kept;

        float Area(int i) =>
            (boxes[(4 * i) + 2] - boxes[4 * i] + offset) * (boxes[(4 * i) + 3] - boxes[(4 * i) + 1] + offset);
    }

    private static (float[] Boxes, float[] Scores, long[] Groups) RandomBoxes(int seed, int count, bool coarse)
    {
        Random random = new(seed);
        float[] boxes = new float[4 * count];
        float[] scores = new float[count];
        long[] groups = new long[count];
        for (int i = 0; i < count; i++)
        {
            for (int k = 0; k < 2; k++)
            {
                float corner = random.NextSingle() * 60;
                float side = random.NextSingle() * 40;
                boxes[(4 * i) + k] = coarse ? MathF.Round(corner / 10) * 10 : corner;
                boxes[(4 * i) + k + 2] = boxes[(4 * i) + k] + (coarse ? MathF.Round(side / 10) * 10 : side);
            }
            scores[i] = coarse ? random.Next(4) : random.NextSingle();
            groups[i] = random.Next(3);
        }
        return (boxes, scores, groups);
    }

    public static TheoryData<double, float, bool, bool> Rules
    {
        get
        {
            TheoryData<double, float, bool, bool> rules = [];
            foreach (double threshold in new[] { 0, 0.25, 0.5, 0.7, 1 })
            {
                foreach (bool coarse in new[] { true, false })
                {
                    rules.Add(threshold, 0, false, coarse);
                    rules.Add(threshold, 1, true, coarse);
                }
            }
            return rules;
        }
    }

    // Coarse boxes and scores: many ties of score, of whole boxes, of the IoU with the threshold, and empty boxes.
    [Theory]
    [MemberData(nameof(Rules))]
    public void It_keeps_what_the_definition_keeps_in_that_order(
        double threshold,
        float offset,
        bool suppressEqual,
        bool coarse
    )
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (int count in new[] { 0, 1, 2, 9, 150 })
        {
            (float[] boxes, float[] scores, long[] groups) = RandomBoxes(count + 1, count, coarse);
            Tensor box = Given.Floats([count, 4], boxes);
            Tensor score = Given.Floats([count], scores);
            Tensor group = Given.Longs(groups);
            long[] plain = ops.to_array<long>(ops.nms(box, score, threshold, offset, suppressEqual));
            Assert.Equal(
                Reference(boxes, scores, new long[count], threshold, offset, suppressEqual),
                plain.Select(i => (int)i)
            );
            List<int> expected = Reference(boxes, scores, groups, threshold, offset, suppressEqual);
            long[] batched = ops.to_array<long>(ops.batched_nms(box, score, group, threshold, offset, suppressEqual));
            Assert.Equal(expected, batched.Select(i => (int)i));
            bool[] keep = ops.to_array<bool>(ops.nms_keep(box, score, group, threshold, offset, suppressEqual));
            Assert.Equal(expected.Order(), Enumerable.Range(0, count).Where(i => keep[i]));
        }
    }

    [Fact]
    public void Equal_scores_keep_the_order_of_the_input()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor boxes = Given.Floats([3, 4], 0, 0, 9, 9, 0, 0, 9, 9, 20, 20, 30, 30);
        Assert.Equal([0L, 2], ops.to_array<long>(ops.nms(boxes, ones(3), 0.5)));
    }

    [Fact]
    public void The_legacy_convention_counts_pixels_and_suppresses_at_the_threshold()
    {
        using DisposeScope scope = NewDisposeScope();
        // With + 1 the second box is the upper half of the first: IoU exactly 0.5. Without, 4 / 9.
        Tensor boxes = Given.Floats([2, 4], 0, 0, 9, 9, 0, 0, 9, 4);
        Tensor scores = Given.Floats([2], 0.9f, 0.8f);
        Assert.Equal([0L, 1], ops.to_array<long>(ops.nms(boxes, scores, 0.5, offset: 1)));
        Assert.Equal([0L], ops.to_array<long>(ops.nms(boxes, scores, 0.5, offset: 1, suppress_equal: true)));
        Assert.Equal([0L, 1], ops.to_array<long>(ops.nms(boxes, scores, 0.5, suppress_equal: true)));
    }

    [Fact]
    public void Padding_rows_are_never_kept_and_suppress_nothing()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor boxes = Given.Floats([3, 4], 0, 0, 9, 9, 0, 0, 9, 9, 0, 0, 9, 9);
        Tensor scores = Given.Floats([3], 0.9f, 0.8f, 0.7f);
        Assert.Equal([false, true, false], ops.to_array<bool>(ops.nms_keep(boxes, scores, Given.Longs(-1, 4, 4), 0.5)));
        Assert.Equal(
            [false, false, false],
            ops.to_array<bool>(ops.nms_keep(boxes, scores, Given.Longs(-1, -2, -1), 0.5))
        );
    }

    [Fact]
    public void Groups_far_apart_lose_no_precision()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor boxes = Given.Floats([2, 4], 0.25f, 0.25f, 0.75f, 0.75f, 0.3f, 0.25f, 0.8f, 0.75f);
        Tensor scores = Given.Floats([2], 0.9f, 0.8f);
        foreach (long group in new[] { 0, long.MaxValue, long.MinValue })
        {
            Assert.Equal([0L], ops.to_array<long>(ops.batched_nms(boxes, scores, Given.Longs(group, group), 0.8)));
        }
        Assert.Equal(
            [0L, 1],
            ops.to_array<long>(ops.batched_nms(boxes, scores, Given.Longs(long.MinValue, long.MaxValue), 0.8))
        );
    }

    [Fact]
    public void Boxes_that_are_no_numbers_are_kept_and_suppress_nothing()
    {
        using DisposeScope scope = NewDisposeScope();
        float nan = float.NaN;
        Tensor boxes = Given.Floats([4, 4], nan, nan, nan, nan, 0, 0, 9, 9, nan, 0, 9, 9, 0, 0, 9, 9);
        Tensor scores = Given.Floats([4], 0.9f, 0.8f, 0.7f, 0.6f);
        Assert.Equal([0L, 1, 2], ops.to_array<long>(ops.nms(boxes, scores, 0.5)));
        Assert.Equal([1L, 0], ops.to_array<long>(ops.nms(zeros(2, 4), Given.Floats([2], 1, nan), 0.5)));
    }

    [Fact]
    public void Bfloat16_is_compared_in_float32()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor boxes = Given.Floats([2, 4], 1000, 0, 1004, 4, 1001, 0, 1005, 4);
        Tensor scores = Given.Floats([2], 0.9f, 0.8f);
        Tensor coarse = boxes.to(ScalarType.BFloat16);
        Assert.Equal(
            ops.to_array<long>(ops.nms(coarse.to(ScalarType.Float32), scores, 0.7)),
            ops.to_array<long>(ops.nms(coarse, scores.to(ScalarType.BFloat16), 0.7))
        );
    }

    [Fact]
    public void The_result_of_tensors_that_require_gradients_does_not()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor boxes = ones([3, 4]);
        boxes.requires_grad = true;
        Tensor scores = ones(3);
        scores.requires_grad = true;
        Assert.False(ops.nms(boxes, scores, 0.5).requires_grad);
        Assert.False(ops.nms_keep(boxes, scores, Given.Longs(0, 0, 0), 0.5).requires_grad);
    }

    [Fact]
    public void Refusals_name_the_argument_and_what_it_was()
    {
        using DisposeScope scope = NewDisposeScope();
        void Refused(string text, Func<Tensor> call) =>
            Assert.Contains(text, Assert.Throws<ArgumentException>(call).Message, StringComparison.Ordinal);
        Refused("boxes must be [B, 4], got [3, 5]", () => ops.nms(zeros(3, 5), zeros(3), 0.5));
        Refused("scores must be [3], got [2]", () => ops.nms(zeros(3, 4), zeros(2), 0.5));
        Refused("iou_threshold must be a number", () => ops.nms(zeros(3, 4), zeros(3), double.NaN));
        Refused("boxes must be float32", () => ops.nms(zeros(3, 4).to(ScalarType.Int64), zeros(3), 0.5));
        Refused("groups must be [3], got [1]", () => ops.batched_nms(zeros(3, 4), zeros(3), Given.Longs(1), 0.5));
        Refused("groups must be int64", () => ops.nms_keep(zeros(3, 4), zeros(3), zeros(3), 0.5));
    }
}
