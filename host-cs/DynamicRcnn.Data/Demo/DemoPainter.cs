namespace DynamicRcnn.Data.Demo;

/// <summary>Turns a scene into pixels: a graded, blotched, noisy background and anti-aliased shapes.</summary>
internal static class DemoPainter
{
    private const int BlotchSide = 24;
    private const double StripePeriod = 14;

    public static RgbImage Paint(DemoScene scene, DemoRandom random)
    {
        double[] canvas = new double[scene.Width * scene.Height * 3]; // [H, W, 3]
        PaintBackground(scene, random, canvas);
        foreach (DemoObject item in scene.Objects)
        {
            PaintObject(scene, item, canvas);
        }

        byte[] pixels = new byte[canvas.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)Math.Clamp(canvas[i] + (scene.Noise * random.Bell()) + 0.5, 0, 255);
        }

        return new RgbImage(scene.Width, scene.Height, pixels);
    }

    private static void PaintBackground(DemoScene scene, DemoRandom random, double[] canvas)
    {
        double[] blotches = BlotchGrid(scene, random, out int columns);
        double directionX = Math.Cos(scene.GradientAngle);
        double directionY = Math.Sin(scene.GradientAngle);
        double reach = (Math.Abs(directionX) * scene.Width) + (Math.Abs(directionY) * scene.Height);
        for (int y = 0; y < scene.Height; y++)
        {
            for (int x = 0; x < scene.Width; x++)
            {
                double across = ((x - (scene.Width / 2.0)) * directionX) + ((y - (scene.Height / 2.0)) * directionY);
                DemoColour colour = scene.BackgroundFrom.Towards(scene.BackgroundTo, (across / reach) + 0.5);
                double bright =
                    (scene.Blotches * Smooth(blotches, columns, x / (double)BlotchSide, y / (double)BlotchSide))
                    + (scene.Stripes * Math.Sin(2 * Math.PI * across / StripePeriod));
                Store(canvas, ((y * scene.Width) + x) * 3, colour, bright);
            }
        }
    }

    private static void PaintObject(DemoScene scene, DemoObject item, double[] canvas)
    {
        (double x1, double y1, double x2, double y2) = item.Shape.Box;
        int top = Math.Max(0, (int)y1 - 1);
        int bottom = Math.Min(scene.Height - 1, (int)y2 + 1);
        int left = Math.Max(0, (int)x1 - 1);
        int right = Math.Min(scene.Width - 1, (int)x2 + 1);
        for (int y = top; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++)
            {
                double distance = item.Shape.SignedDistance(x + 0.5, y + 0.5);
                double coverage = Math.Clamp(0.5 - distance, 0, 1);
                if (coverage == 0)
                {
                    continue;
                }

                double inner = Math.Clamp(0.5 - distance - item.RimWidth, 0, 1);
                double shade = 1 + (item.Shade * (x + 0.5 - item.Shape.CentreX) / item.Shape.Radius);
                DemoColour colour = item.Rim.Towards(item.Fill.Scaled(shade), inner);
                int at = ((y * scene.Width) + x) * 3;
                var below = new DemoColour(canvas[at], canvas[at + 1], canvas[at + 2]);
                Store(canvas, at, below.Towards(colour, coverage), bright: 0);
            }
        }
    }

    private static void Store(double[] canvas, int at, DemoColour colour, double bright)
    {
        canvas[at] = colour.Red + bright;
        canvas[at + 1] = colour.Green + bright;
        canvas[at + 2] = colour.Blue + bright;
    }

    private static double[] BlotchGrid(DemoScene scene, DemoRandom random, out int columns)
    {
        columns = (scene.Width / BlotchSide) + 2;
        double[] grid = new double[columns * ((scene.Height / BlotchSide) + 2)];
        for (int i = 0; i < grid.Length; i++)
        {
            grid[i] = random.Between(-1, 1);
        }

        return grid;
    }

    // Value noise: the four nearest grid values, blended with the cubic 3t^2 - 2t^3.
    private static double Smooth(double[] grid, int columns, double x, double y)
    {
        int column = (int)x;
        int row = (int)y;
        double u = Ease(x - column);
        double v = Ease(y - row);
        int at = (row * columns) + column;
        double upper = grid[at] + ((grid[at + 1] - grid[at]) * u);
        double lower = grid[at + columns] + ((grid[at + columns + 1] - grid[at + columns]) * u);
        return upper + ((lower - upper) * v);
    }

    private static double Ease(double t) => t * t * (3 - (2 * t));
}
