using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.RoIHead;

public static class RoIPoolerTests
{
    private static RoIPooler Pooler(Conventions conventions) => new(TestConfig.RoIHead(), conventions, firstLevel: 2);

    [Theory]
    [InlineData(1, 2)]
    [InlineData(111, 2)]
    [InlineData(112, 3)]
    [InlineData(223, 3)]
    [InlineData(224, 4)]
    [InlineData(448, 5)]
    [InlineData(5000, 5)]
    public static void Each_doubling_of_the_side_is_one_level(float side, float level)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor box = Floats([1, 4], 3, 3, 3 + side, 3 + side);
        Assert.Equal([level], Read(Pooler(TestConfig.MMDetection).Levels(box)));
        Assert.Equal([level], Read(Pooler(TestConfig.Official).Levels(box - Floats([4], 0, 0, 1, 1))));
    }

    [Fact]
    public static void Rows_come_from_their_own_level_and_rows_that_are_not_valid_are_zero()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor[] features = [.. Enumerable.Range(2, 5).Select(level => Constant(level))];
        Tensor boxes = Floats([2, 2, 4], 0, 0, 50, 50, 0, 0, 224, 224, 0, 0, 50, 50, 0, 0, 120, 120);
        Tensor valid = Bools([2, 2], true, true, false, true);
        Tensor pooled = Pooler(TestConfig.MMDetection).Pool(features, boxes, valid);
        Assert.Equal([4, 1, 7, 7], pooled.shape);
        // Image 0 holds its level, image 1 a hundred more.
        Assert.Equal([2, 4, 0, 103], Read(pooled.amax(1, 2, 3)));

        Tensor Constant(int level)
        {
            long side = 256 >> level;
            Tensor image = torch.full([1, 1, side, side], level, ScalarType.Float32);
            return torch.cat([image, image + 100], 0);
        }
    }
}
