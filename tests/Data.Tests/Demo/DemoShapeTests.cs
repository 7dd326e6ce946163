using DynamicRcnn.Data.Demo;
using Xunit;

namespace DynamicRcnn.Data.Tests.Demo;

public sealed class DemoShapeTests
{
    public static TheoryData<DemoShapeKind> Kinds => [.. Enum.GetValues<DemoShapeKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_box_encloses_the_inside_and_touches_it_on_every_side(DemoShapeKind kind)
    {
        var shape = new DemoShape(kind, 40.3, 50.6, 30, 0.7);
        const double step = 0.1;
        double left = double.MaxValue;
        double top = double.MaxValue;
        double right = double.MinValue;
        double bottom = double.MinValue;
        for (double y = 15; y < 86; y += step)
        {
            for (double x = 5; x < 76; x += step)
            {
                if (shape.SignedDistance(x, y) <= 0)
                {
                    left = Math.Min(left, x);
                    top = Math.Min(top, y);
                    right = Math.Max(right, x);
                    bottom = Math.Max(bottom, y);
                }
            }
        }

        // The scan misses the last part of a star's tip: at most four steps.
        (double x1, double y1, double x2, double y2) = shape.Box;
        Assert.InRange(left - x1, 0, 4 * step);
        Assert.InRange(top - y1, 0, 4 * step);
        Assert.InRange(x2 - right, 0, 4 * step);
        Assert.InRange(y2 - bottom, 0, 4 * step);
    }

    [Theory]
    [InlineData(DemoShapeKind.Disc, -20.0)]
    [InlineData(DemoShapeKind.Ring, 11.0)]
    [InlineData(DemoShapeKind.Square, -14.142135623730951)]
    [InlineData(DemoShapeKind.Triangle, -10.0)]
    public void The_distance_of_the_centre_is_the_radius_of_the_inscribed_circle(DemoShapeKind kind, double expected)
    {
        Assert.Equal(expected, new DemoShape(kind, 0, 0, 20, 0.3).SignedDistance(0, 0), 1e-9);
    }
}
