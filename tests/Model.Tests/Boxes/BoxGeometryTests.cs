using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.Boxes;

public static class BoxGeometryTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public static void IoU_equals_the_plain_formula(int offset)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Random random = new(2);
        float[] rows = RandomBoxes(random, 2 * 7, 60);
        float[] columns = RandomBoxes(random, 2 * 30, 60);
        float[] iou = Read(BoxGeometry.IoU(Floats([2, 7, 4], rows), Floats([2, 30, 4], columns), offset));
        for (int image = 0; image < 2; image++)
        for (int row = 0; row < 7; row++)
        for (int column = 0; column < 30; column++)
        {
            float expected = IoU(Box(rows, image * 7 + row), Box(columns, image * 30 + column), offset);
            Assert.Equal(expected, iou[(image * 7 + row) * 30 + column], 1e-6);
        }
    }

    [Fact]
    public static void Boxes_without_area_have_IoU_zero_and_a_box_with_itself_exactly_one()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor boxes = Floats([1, 2, 4], 5, 5, 5, 5, 0.3f, 0.7f, 17.1f, 23.9f);
        Assert.Equal([0, 0, 0, 1], Read(BoxGeometry.IoU(boxes, boxes, 0)));
    }

    [Fact]
    public static void Clipping_uses_each_image_own_size_and_the_offset()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor boxes = Floats([2, 1, 4], -5, -6, 500, 600, 1, 2, 500, 600);
        Tensor sizes = Floats([2, 2], 40, 30, 70, 80);
        Assert.Equal([0, 0, 30, 40, 1, 2, 80, 70], Read(BoxGeometry.Clip(boxes, sizes, 0)));
        Assert.Equal([0, 0, 29, 39, 1, 2, 79, 69], Read(BoxGeometry.Clip(boxes, sizes, 1)));
    }

    [Fact]
    public static void Only_anchors_within_the_unpadded_image_are_inside()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor anchors = Floats([4, 4], 0, 0, 29, 39, -1, 0, 10, 10, 0, 0, 30, 20, 0, 0, 20, 40);
        Tensor inside = BoxGeometry.Inside(anchors, Floats([2, 2], 40, 30, 41, 31));
        Assert.Equal([true, false, false, false, true, false, true, true], ReadBools(inside));
    }

    [Fact]
    public static void A_box_with_NaN_or_without_width_has_no_area()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor boxes = Floats([3, 4], 0, 0, 1, 1, 3, 0, 3, 9, float.NaN, 0, 1, 1);
        Assert.Equal([true, false, false], ReadBools(BoxGeometry.HasArea(boxes, 0)));
        Assert.Equal([true, true, false], ReadBools(BoxGeometry.HasArea(boxes, 1)));
    }
}
