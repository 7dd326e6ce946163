namespace DynamicRcnn.Data.Demo;

/// <summary>The classes of the demo data set, in label order.</summary>
public enum DemoShapeKind
{
    /// <summary>A filled circle.</summary>
    Disc,

    /// <summary>A filled square, turned by any angle.</summary>
    Square,

    /// <summary>A filled equilateral triangle.</summary>
    Triangle,

    /// <summary>A filled five-pointed star.</summary>
    Star,

    /// <summary>A circle with a hole through which the background shows.</summary>
    Ring,
}

/// <summary>The outline of one drawn object: its signed distance and its exact bounding box.</summary>
/// <remarks>All lengths are pixels; pixel (x, y) covers the square from (x, y) to (x + 1, y + 1).</remarks>
public sealed class DemoShape
{
    private const double RingHole = 0.55;
    private const double StarInnerRadius = 0.45;
    private readonly (double X, double Y)[] corners;

    /// <summary>Places a shape.</summary>
    /// <param name="kind">The class.</param>
    /// <param name="centreX">Centre of the circumscribed circle.</param>
    /// <param name="centreY">Centre of the circumscribed circle.</param>
    /// <param name="radius">Radius of the circumscribed circle.</param>
    /// <param name="angle">Rotation in radians; discs and rings look the same at every angle.</param>
    public DemoShape(DemoShapeKind kind, double centreX, double centreY, double radius, double angle)
    {
        Kind = kind;
        CentreX = centreX;
        CentreY = centreY;
        Radius = radius;
        corners = kind switch
        {
            DemoShapeKind.Square => Corners(4, angle, 1),
            DemoShapeKind.Triangle => Corners(3, angle, 1),
            DemoShapeKind.Star => Corners(10, angle, StarInnerRadius),
            _ => [],
        };
    }

    /// <summary>The class.</summary>
    public DemoShapeKind Kind { get; }

    /// <summary>Centre of the circumscribed circle.</summary>
    public double CentreX { get; }

    /// <summary>Centre of the circumscribed circle.</summary>
    public double CentreY { get; }

    /// <summary>Radius of the circumscribed circle.</summary>
    public double Radius { get; }

    /// <summary>The tight box of the whole shape, hidden parts included, not clipped to any image.</summary>
    public (double X1, double Y1, double X2, double Y2) Box =>
        corners.Length == 0
            ? (CentreX - Radius, CentreY - Radius, CentreX + Radius, CentreY + Radius)
            : (corners.Min(c => c.X), corners.Min(c => c.Y), corners.Max(c => c.X), corners.Max(c => c.Y));

    /// <summary>Distance of a point to the outline: negative inside, positive outside.</summary>
    public double SignedDistance(double x, double y)
    {
        if (corners.Length > 0)
        {
            return DistanceToCorners(x, y);
        }

        double fromCentre = Math.Sqrt(((x - CentreX) * (x - CentreX)) + ((y - CentreY) * (y - CentreY)));
        double disc = fromCentre - Radius;
        return Kind == DemoShapeKind.Ring ? Math.Max(disc, (Radius * RingHole) - fromCentre) : disc;
    }

    // Corners at equal angles; every second one at secondRadius times the radius.
    private (double X, double Y)[] Corners(int count, double angle, double secondRadius)
    {
        var result = new (double X, double Y)[count];
        for (int i = 0; i < count; i++)
        {
            double at = angle + (2 * Math.PI * i / count);
            double distance = i % 2 == 0 ? Radius : Radius * secondRadius;
            result[i] = (CentreX + (distance * Math.Cos(at)), CentreY + (distance * Math.Sin(at)));
        }

        return result;
    }

    // Nearest edge, with the sign from counting the edges that a horizontal ray crosses.
    private double DistanceToCorners(double x, double y)
    {
        double nearest = double.PositiveInfinity;
        bool inside = false;
        (double X, double Y) from = corners[^1];
        foreach ((double X, double Y) to in corners)
        {
            double edgeX = to.X - from.X;
            double edgeY = to.Y - from.Y;
            double along = (((x - from.X) * edgeX) + ((y - from.Y) * edgeY)) / ((edgeX * edgeX) + (edgeY * edgeY));
            double at = Math.Clamp(along, 0, 1);
            double offX = x - from.X - (at * edgeX);
            double offY = y - from.Y - (at * edgeY);
            nearest = Math.Min(nearest, (offX * offX) + (offY * offY));
            if (from.Y > y != to.Y > y && x < from.X + ((y - from.Y) / edgeY * edgeX))
            {
                inside = !inside;
            }

            from = to;
        }

        double distance = Math.Sqrt(nearest);
        return inside ? -distance : distance;
    }
}
