using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.Anchors;

public static class AnchorTests
{
    [Theory]
    [InlineData(4, new float[] { -22, -10, 25, 13, -14, -14, 17, 17, -10, -22, 13, 25 })]
    [InlineData(8, new float[] { -40, -20, 47, 27, -28, -28, 35, 35, -20, -44, 27, 51 })]
    [InlineData(16, new float[] { -84, -40, 99, 55, -56, -56, 71, 71, -36, -80, 51, 95 })]
    [InlineData(32, new float[] { -164, -72, 195, 103, -112, -112, 143, 143, -76, -168, 107, 199 })]
    [InlineData(64, new float[] { -332, -152, 395, 215, -224, -224, 287, 287, -148, -328, 211, 391 })]
    public static void Integer_anchors_are_those_stored_in_official_checkpoints(long stride, float[] expected) =>
        Assert.Equal(expected, AnchorShapes.At(TestConfig.Rpn(), TestConfig.Official, stride));

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    public static void Float_anchors_are_centred_on_the_grid_point(long stride)
    {
        float[] anchors = AnchorShapes.At(TestConfig.Rpn(), TestConfig.MMDetection, stride);
        // Half sides 4 * stride / sqrt(ratio) and 4 * stride * sqrt(ratio): of stride 4 these, and every stride doubles them exactly.
        float[] finest =
        [
            -22.627417f,
            -11.3137085f,
            22.627417f,
            11.3137085f,
            -16,
            -16,
            16,
            16,
            -11.3137085f,
            -22.627417f,
            11.3137085f,
            22.627417f,
        ];
        Assert.Equal(Array.ConvertAll(finest, side => side * stride / 4), anchors);
    }

    [Fact]
    public static void The_grid_goes_level_by_level_row_by_row_ratio_by_ratio()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AnchorGrid grid = new(TestConfig.Rpn(), TestConfig.Official, firstLevel: 2);
        Tensor anchors = grid.call([torch.zeros([1, 1, 2, 3]), torch.zeros([1, 1, 1, 1])]);
        Assert.Equal([2 * 3 * 3 + 3, 4], anchors.shape);
        float[] values = Read(anchors);
        Assert.Equal([-14, -14, 17, 17], Box(values, 1).ToArray()); // cell (0, 0), ratio 1
        Assert.Equal([-14 + 4, -14, 17 + 4, 17], Box(values, 4).ToArray()); // next column
        Assert.Equal([-14, -14 + 4, 17, 17 + 4], Box(values, 10).ToArray()); // next row, after three columns
        Assert.Equal([-28, -28, 35, 35], Box(values, 19).ToArray()); // next level
    }
}
