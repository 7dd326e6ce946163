using DynamicRcnn.Detection;
using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.Detection;

public static class TestViewTests
{
    private static TestView View(double frameX, double frameY, bool flipped) =>
        new(
            new ImageInput(torch.zeros([1, 3, 64, 96]), Floats([1, 2], 60, 90), Longs([1], 1)),
            frameX,
            frameY,
            flipped
        );

    [Theory]
    [InlineData(0, 70f, 85f)]
    [InlineData(1, 69f, 84f)]
    public static void A_flipped_pass_is_mirrored_in_its_unpadded_width(double offset, float left, float right)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor boxes = Floats([1, 1, 4], 5, 10, 20, 40);
        Assert.Equal([left, 10, right, 40], Read(View(1, 1, flipped: true).ToFrame(boxes, offset)));
        Assert.Equal([5f, 10, 20, 40], Read(View(1, 1, flipped: false).ToFrame(boxes, offset)));
    }

    [Fact]
    public static void Boxes_are_mirrored_in_the_pass_and_then_scaled()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor boxes = Floats([1, 1, 4], 5, 10, 20, 40);
        Assert.Equal([140f, 5, 170, 20], Read(View(2, 0.5, flipped: true).ToFrame(boxes, 0)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public static void To_the_frame_and_back_is_where_it_began(double offset)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor boxes = Floats([1, 2, 4], 5, 10, 20, 40, 0.25f, 1, 80.5f, 59);
        TestView view = View(2, 0.5, flipped: true);
        Assert.Equal(Read(boxes), Read(view.FromFrame(view.ToFrame(boxes, offset), offset)));
    }
}
