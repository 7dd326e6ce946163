namespace DynamicRcnn.Data;

/// <summary>A part of a picture, and the size that it is resampled to.</summary>
/// <param name="Left">Its first column in the picture.</param>
/// <param name="Top">Its first row.</param>
/// <param name="Width">Pixels of the picture.</param>
/// <param name="Height">Pixels of the picture.</param>
/// <param name="Size">Pixels that come out.</param>
internal readonly record struct Window(int Left, int Top, int Width, int Height, ImageSize Size)
{
    internal static Window Whole(ImageRecord image, ImageSize size) => new(0, 0, image.Width, image.Height, size);

    internal bool IsWhole(ImageRecord image) => Width == image.Width && Height == image.Height;

    /// <summary>What of a box is inside, in the picture's pixels counted from the window's corner, and which share of its area that is.</summary>
    internal (GroundTruthBox Box, double Share) Cut(GroundTruthBox box)
    {
        float x1 = Math.Clamp(box.X1, Left, Left + Width);
        float y1 = Math.Clamp(box.Y1, Top, Top + Height);
        float x2 = Math.Clamp(box.X2, Left, Left + Width);
        float y2 = Math.Clamp(box.Y2, Top, Top + Height);
        double area = (double)(box.X2 - box.X1) * (box.Y2 - box.Y1);
        double share = area > 0 ? (double)(x2 - x1) * (y2 - y1) / area : 0;
        GroundTruthBox inside = box with
        {
            X1 = x1 - Left,
            Y1 = y1 - Top,
            X2 = x2 - Left,
            Y2 = y2 - Top,
            Area = box.Area * share,
        };
        return (inside, share);
    }

    /// <summary>Where a window of some length begins on an axis so that an object stays whole, or fills the window where it is longer.</summary>
    /// <param name="low">Where the object begins.</param>
    /// <param name="high">Where it ends.</param>
    /// <param name="length">The window's.</param>
    /// <param name="total">The picture's, at least as long.</param>
    /// <param name="unit">From 0 to below 1: which of the places that do.</param>
    internal static int Start(double low, double high, int length, int total, double unit)
    {
        int one = (int)Math.Ceiling(high - length);
        int other = (int)Math.Floor(low);
        int first = Math.Clamp(Math.Min(one, other), 0, total - length);
        int last = Math.Clamp(Math.Max(one, other), 0, total - length);
        return first + (int)(unit * (last - first + 1));
    }
}
