using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.Rpn;

public static class ProposalSelectorTests
{
    private static readonly float[] Size = [100, 100];

    private static RpnConfig Config(int preNms, int postNms) =>
        new(8, [1], 0.7, 0.3, 0.3, 32, 0.5, preNms, preNms, postNms, postNms, 0.85, 0);

    private static Proposals Select(
        RpnConfig config,
        Conventions conventions,
        float[] anchors,
        float[] logits,
        long[] levels,
        int images = 1
    )
    {
        long count = anchors.Length / 4;
        RpnOutput output = new(
            Floats([images, count], logits),
            torch.zeros([images, count, 4]),
            Floats([count, 4], anchors),
            levels
        );
        float[] sizes = [.. Enumerable.Repeat(Size, images).SelectMany(size => size)];
        return new ProposalSelector(config, conventions).Select(output, Floats([images, 2], sizes), training: true);
    }

    [Fact]
    public static void The_best_of_each_level_survive_suppression_and_come_in_order_of_objectness()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        float[] anchors =
        [
            0,
            0,
            40,
            40, // level 0: suppressed by the next
            0,
            0,
            40,
            41,
            50,
            50,
            90,
            90, // cut off before suppression: only two of a level
            0,
            0,
            40,
            40, // level 1: the same place, another level
        ];
        Proposals proposals = Select(Config(2, 10), TestConfig.MMDetection, anchors, [2, 3, 1, 0], [3, 1]);
        Assert.Equal([1, 3, 4], proposals.Boxes.shape);
        Assert.Equal([true, true, false], ReadBools(proposals.Valid));
        Close([0, 0, 40, 41, 0, 0, 40, 40], Read(proposals.Boxes)[..8], 1e-5);
    }

    [Fact]
    public static void A_box_that_clipping_leaves_without_area_is_no_proposal()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        float[] anchors = [-40, -40, -10, -10, 90, 90, 120, 120];
        Proposals proposals = Select(Config(10, 10), TestConfig.MMDetection, anchors, [5, 1], [2]);
        Assert.Equal([true, false], ReadBools(proposals.Valid));
        Close([90, 90, 100, 100], Read(proposals.Boxes)[..4], 1e-5);
    }

    [Fact]
    public static void Training_proposals_come_level_by_level_in_the_authors_code_and_by_score_in_MMDetections()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        float[] anchors = [0, 0, 30, 30, 60, 60, 90, 90, 30, 60, 50, 80];
        float[] Left(Conventions conventions)
        {
            float[] boxes = Read(Select(Config(10, 10), conventions, anchors, [1, 3, 2], [2, 1]).Boxes);
            return [boxes[0], boxes[4], boxes[8]];
        }
        Assert.Equal([60, 0, 30], Left(TestConfig.Official)); // the first level's two by score, then the second's
        Assert.Equal([60, 30, 0], Left(TestConfig.MMDetection));
    }

    [Theory]
    [InlineData(false, 1, 1)]
    [InlineData(true, 2, 0)]
    public static void The_last_selection_is_per_image_or_over_the_batch(bool perBatch, int inFirst, int inSecond)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Conventions conventions = TestConfig.Changed($"proposalsPerBatch={perBatch}");
        float[] anchors = [0, 0, 30, 30, 60, 60, 90, 90];
        Proposals proposals = Select(Config(10, 1), conventions, anchors, [9, 8, 2, 1], [2], images: 2);
        bool[] valid = ReadBools(proposals.Valid);
        int half = valid.Length / 2;
        Assert.Equal(inFirst, valid[..half].Count(row => row));
        Assert.Equal(inSecond, valid[half..].Count(row => row));
    }
}
