using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.Assignment;

public static class BoxAssignerTests
{
    [Fact]
    public static void It_gives_what_a_plain_loop_gives_however_many_ground_truths_there_are()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Random random = new(3);
        const int truths = 2000;
        const int boxes = 300;
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
    [InlineData(0)]
    [InlineData(1)]
    public static void The_kernel_gives_what_tiles_of_libtorchs_operators_give_to_the_bit(int offset)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Random random = new(5);
        const int truths = 60;
        Tensor boxes = Floats([1, 700, 4], RandomBoxes(random, 700, 300));
        Tensor truth = Floats([2, truths, 4], RandomBoxes(random, 2 * truths, 300));
        boxes[0, 17, 2] = float.NaN;
        truth[1, 3, 0] = float.PositiveInfinity;
        BoxAssigner assigner = new(offset, tileElements: 5000);

        BestTruth best = assigner.Assign(boxes, truth);
        BestTruth tiled = assigner.AssignByTiles(boxes, truth);
        Assert.Equal(Read(tiled.IoU), Read(best.IoU));
        Assert.Equal(ReadLongs(tiled.Matched), ReadLongs(best.Matched));
        Assert.Equal(Read(tiled.TruthIoU), Read(best.TruthIoU));

        Tensor levels = best.TruthIoU.clone();
        levels[0, 4] = 0;
        levels[1, 5] = 2;
        Assert.Equal(
            ReadLongs(assigner.LastTruthAtByTiles(boxes, truth, levels)),
            ReadLongs(assigner.LastTruthAt(boxes, truth, levels))
        );
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
