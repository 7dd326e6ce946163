using System.Numerics;

namespace DynamicRcnn.Data;

/// <summary>
/// OpenCV's INTER_LINEAR for 8-bit pixels (cv::resize in imgproc/src/resize.cpp), to the bit: weights of 11 bits, sums of a row of 22, of
/// which a column's product keeps 2 beyond a level.
/// </summary>
internal static class OpenCvBilinear
{
    private const int Channels = Resampler.Channels;
    private const int One = 1 << 11;

    /// <summary>So many bits of a row's sum are dropped before a column's weight is applied, so that the sum fits 16 bits.</summary>
    private const int DroppedBits = 4;
    private const int ProductBits = 16;

    /// <param name="image">The original.</param>
    /// <param name="target">Another size.</param>
    internal static RgbImage Resize(RgbImage image, ImageSize target)
    {
        Tap[] columns = Taps(image.Width, target.Width);
        for (int x = 0; x < columns.Length; x++)
        {
            columns[x] = AtBorder(columns[x], image.Width);
        }
        Tap[] rows = Taps(image.Height, target.Height);
        int stride = target.Width * Channels;
        byte[] pixels = GC.AllocateUninitializedArray<byte>(target.Height * stride);
        // The two rows that were resampled last. Neighbours in the target share them when a picture grows.
        int[] upper = new int[stride];
        int[] lower = new int[stride];
        int upperRow = -1;
        int lowerRow = -1;
        for (int y = 0; y < rows.Length; y++)
        {
            // Above the first row and below the last one the border repeats, and the weights stay.
            int first = Math.Clamp(rows[y].First, 0, image.Height - 1);
            int second = Math.Clamp(rows[y].First + 1, 0, image.Height - 1);
            if (first != upperRow)
            {
                (upper, lower, upperRow, lowerRow) = (lower, upper, lowerRow, upperRow);
            }
            if (first != upperRow)
            {
                Across(image, first, columns, upper);
                upperRow = first;
            }
            if (second != lowerRow)
            {
                Across(image, second, columns, lower);
                lowerRow = second;
            }
            Down(upper, One - rows[y].Weight, lower, rows[y].Weight, pixels.AsSpan(y * stride, stride));
        }
        return new RgbImage(target.Width, target.Height, pixels);
    }

    /// <summary>A row of the original at the target's columns: the sums in 1/128 of a level, for a column's weight to follow.</summary>
    private static void Across(RgbImage image, int row, Tap[] columns, int[] sums)
    {
        ReadOnlySpan<byte> source = image.Pixels.AsSpan(row * image.Width * Channels, image.Width * Channels);
        int last = source.Length - Channels;
        int at = 0;
        foreach (Tap tap in columns)
        {
            int left = tap.First * Channels;
            // A column beyond the last one has the weight 0.
            int right = Math.Min(left + Channels, last);
            int far = tap.Weight;
            int near = One - far;
            sums[at] = ((near * source[left]) + (far * source[right])) >> DroppedBits;
            sums[at + 1] = ((near * source[left + 1]) + (far * source[right + 1])) >> DroppedBits;
            sums[at + 2] = ((near * source[left + 2]) + (far * source[right + 2])) >> DroppedBits;
            at += Channels;
        }
    }

    /// <summary>Two rows of sums with their weights, rounded to levels.</summary>
    private static void Down(int[] upper, int upperWeight, int[] lower, int lowerWeight, Span<byte> target)
    {
        int i = 0;
        for (; i <= target.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector<ushort> low = Vector.Narrow(Levels(i), Levels(i + Vector<uint>.Count));
            int middle = i + (2 * Vector<uint>.Count);
            Vector<ushort> high = Vector.Narrow(Levels(middle), Levels(middle + Vector<uint>.Count));
            Vector.Narrow(low, high).CopyTo(target[i..]);
        }
        for (; i < target.Length; i++)
        {
            int sum = ((upperWeight * upper[i]) >> ProductBits) + ((lowerWeight * lower[i]) >> ProductBits);
            target[i] = (byte)((sum + 2) >> 2);
        }

        Vector<uint> Levels(int at)
        {
            Vector<int> above = Vector.ShiftRightArithmetic(new Vector<int>(upper, at) * upperWeight, ProductBits);
            Vector<int> below = Vector.ShiftRightArithmetic(new Vector<int>(lower, at) * lowerWeight, ProductBits);
            return Vector.AsVectorUInt32(Vector.ShiftRightArithmetic(above + below + new Vector<int>(2), 2));
        }
    }

    /// <summary>For each target position the first of its two neighbours, which may be -1, and the second one's weight.</summary>
    private static Tap[] Taps(int source, int target)
    {
        // OpenCV divides twice and goes on in float.
        double scale = 1 / ((double)target / source);
        Tap[] taps = new Tap[target];
        for (int i = 0; i < target; i++)
        {
            float centre = (float)(((i + 0.5) * scale) - 0.5);
            int first = (int)MathF.Floor(centre);
            taps[i] = new Tap(first, (int)MathF.Round((centre - first) * One, MidpointRounding.ToEven));
        }
        return taps;
    }

    /// <summary>At the left and right border the neighbour inside counts alone.</summary>
    private static Tap AtBorder(Tap tap, int width) =>
        tap.First < 0 ? new Tap(0, 0)
        : tap.First >= width - 1 ? new Tap(width - 1, 0)
        : tap;

    /// <param name="First">The neighbour on the left, or above.</param>
    /// <param name="Weight">Of the other one, out of <see cref="One"/>.</param>
    private readonly record struct Tap(int First, int Weight);
}
