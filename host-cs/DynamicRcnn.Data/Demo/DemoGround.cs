namespace DynamicRcnn.Data.Demo;

/// <summary>Which object shows at each pixel while a scene is put together.</summary>
/// <param name="width">Pixels.</param>
/// <param name="height">Pixels.</param>
/// <param name="leastVisible">Share of an object that later ones must leave uncovered.</param>
/// <param name="leastInside">Share of an object that must lie in the image.</param>
internal sealed class DemoGround(int width, int height, double leastVisible, double leastInside)
{
    private readonly int[] owners = new int[width * height]; // 0 = background, else object number + 1
    private readonly List<(int Area, int Visible)> objects = [];

    /// <summary>Puts a shape in front of all others, unless it would leave the image or hide another one too far.</summary>
    /// <returns>Its ground truth; null when it does not fit.</returns>
    public DemoBox? TryAdd(DemoShape shape)
    {
        List<int> pixels = Pixels(shape, out int withoutBorder);
        if (pixels.Count < leastInside * withoutBorder)
        {
            return null;
        }

        int[] hidden = new int[objects.Count];
        foreach (int pixel in pixels)
        {
            if (owners[pixel] > 0)
            {
                hidden[owners[pixel] - 1]++;
            }
        }

        for (int i = 0; i < hidden.Length; i++)
        {
            if (objects[i].Visible - hidden[i] < leastVisible * objects[i].Area)
            {
                return null;
            }
        }

        for (int i = 0; i < hidden.Length; i++)
        {
            objects[i] = objects[i] with { Visible = objects[i].Visible - hidden[i] };
        }

        objects.Add((pixels.Count, pixels.Count));
        foreach (int pixel in pixels)
        {
            owners[pixel] = objects.Count;
        }

        return Box(shape, pixels, cut: pixels.Count < withoutBorder);
    }

    // A shape inside the image has an exact box. What the border leaves of a turned shape can be smaller than the
    // shape's box cut by the border, so there the pixels decide.
    private DemoBox Box(DemoShape shape, List<int> pixels, bool cut)
    {
        (double x1, double y1, double x2, double y2) = shape.Box;
        if (cut)
        {
            x1 = Math.Max(x1, pixels.Min(pixel => pixel % width));
            y1 = Math.Max(y1, pixels.Min(pixel => pixel / width));
            x2 = Math.Min(x2, pixels.Max(pixel => pixel % width) + 1);
            y2 = Math.Min(y2, pixels.Max(pixel => pixel / width) + 1);
        }

        return new DemoBox(
            shape.Kind,
            Math.Max(0, x1),
            Math.Max(0, y1),
            Math.Min(width, x2),
            Math.Min(height, y2),
            pixels.Count
        );
    }

    // The pixels of the image whose centre the shape covers.
    private List<int> Pixels(DemoShape shape, out int withoutBorder)
    {
        var pixels = new List<int>();
        withoutBorder = 0;
        (double x1, double y1, double x2, double y2) = shape.Box;
        for (int y = (int)Math.Floor(y1); y < y2; y++)
        {
            for (int x = (int)Math.Floor(x1); x < x2; x++)
            {
                if (shape.SignedDistance(x + 0.5, y + 0.5) > 0)
                {
                    continue;
                }

                withoutBorder++;
                if (x >= 0 && y >= 0 && x < width && y < height)
                {
                    pixels.Add((y * width) + x);
                }
            }
        }

        return pixels;
    }
}
