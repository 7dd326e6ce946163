using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.Assignment;

public static class BoxAssignerTests
{
    [Fact]
    public static void Tiles_give_what_a_plain_loop_gives_however_many_ground_truths_there_are()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Random random = new(3);
        const int truths = 2000;
        const int boxes = 300; // 2000 x 300 IoUs: three tiles
        float[] truth = RandomBoxes(random, truths, 500);
        float[] box = RandomBoxes(random, boxes, 500);
        BestTruth best = new BoxAssigner(0).Assign(Floats([1, boxes, 4], box), Floats([1, truths, 4], truth));
        float[] iou = Read(best.IoU);
        long[] matched = ReadLongs(best.Matched);
        float[] truthIoU = Read(best.TruthIoU);
        float[] expectedTruthIoU = new float[truths];
        for (int b = 0; b < boxes; b++)
        {
            float largest = 0;
            for (int t = 0; t < truths; t++)
            {
                float value = IoU(Box(truth, t), Box(box, b), 0);
                largest = Math.Max(largest, value);
                expectedTruthIoU[t] = Math.Max(expectedTruthIoU[t], value);
            }
            Assert.Equal(largest, iou[b], 1e-6);
            Assert.Equal(largest, IoU(Box(truth, (int)matched[b]), Box(box, b), 0), 1e-6);
        }
        Close(expectedTruthIoU, truthIoU, 1e-6);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(7f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public static void Padding_rows_match_nothing_whatever_they_hold(float garbage)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        GroundTruth truth = PaddedTruth.From(Truth(garbage, 5, ([0, 0, 8, 8], [3]), ([], [])));
        BestTruth best = new BoxAssigner(1).Assign(Floats([1, 2, 4], 0, 0, 8, 8, 7, 7, 7, 7), truth.Boxes);
        Assert.Equal([1f, 1f / 81, 0, 0], Read(best.IoU));
        Assert.Equal([0L, 0, 0, 0], ReadLongs(best.Matched));
        Assert.All(ReadLongs(truth.Labels), label => Assert.InRange(label, 0, 3));
    }

    [Fact]
    public static void A_batch_without_any_row_gets_one_padding_row()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        GroundTruth truth = PaddedTruth.From(Truth(0, 0, ([], []), ([], [])));
        Assert.Equal([2, 1, 4], truth.Boxes.shape);
        Assert.Equal([false, false], ReadBools(truth.Valid));
    }
}
