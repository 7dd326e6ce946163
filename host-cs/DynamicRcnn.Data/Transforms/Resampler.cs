namespace DynamicRcnn.Data;

/// <summary>Separable bilinear resampling of RGB images, half-pixel centres, rounded to 8 bits after each direction.</summary>
public static class Resampler
{
    private const int Channels = 3;

    /// <param name="image">The original.</param>
    /// <param name="target">Its new size.</param>
    /// <param name="antialias">
    /// true: the filter grows with the reduction, as Pillow's does; false: two neighbours a direction, as OpenCV's (whose fixed-point
    /// arithmetic can differ by one level).
    /// </param>
    public static RgbImage Resize(RgbImage image, ImageSize target, bool antialias)
    {
        if (image.Width == target.Width && image.Height == target.Height)
        {
            return image;
        }
        byte[] wide = Horizontal(
            image.Pixels,
            image.Width,
            image.Height,
            Taps.Make(image.Width, target.Width, antialias)
        );
        byte[] both = Vertical(wide, target.Width, Taps.Make(image.Height, target.Height, antialias));
        return new RgbImage(target.Width, target.Height, both);
    }

    private static byte[] Horizontal(byte[] source, int width, int height, Taps taps)
    {
        byte[] result = new byte[taps.Count * height * Channels];
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> row = source.AsSpan(y * width * Channels, width * Channels);
            Span<byte> target = result.AsSpan(y * taps.Count * Channels, taps.Count * Channels);
            for (int x = 0; x < taps.Count; x++)
            {
                ReadOnlySpan<float> weights = taps.Weights(x);
                int at = taps.First(x) * Channels;
                float red = 0.5f;
                float green = 0.5f;
                float blue = 0.5f;
                foreach (float weight in weights)
                {
                    red += weight * row[at];
                    green += weight * row[at + 1];
                    blue += weight * row[at + 2];
                    at += Channels;
                }
                target[x * Channels] = (byte)red;
                target[(x * Channels) + 1] = (byte)green;
                target[(x * Channels) + 2] = (byte)blue;
            }
        }
        return result;
    }

    private static byte[] Vertical(byte[] source, int width, Taps taps)
    {
        int stride = width * Channels;
        byte[] result = new byte[taps.Count * stride];
        float[] sums = new float[stride];
        for (int y = 0; y < taps.Count; y++)
        {
            Array.Fill(sums, 0.5f);
            int first = taps.First(y);
            foreach (float weight in taps.Weights(y))
            {
                ReadOnlySpan<byte> row = source.AsSpan(first++ * stride, stride);
                for (int i = 0; i < row.Length; i++)
                {
                    sums[i] += weight * row[i];
                }
            }
            Span<byte> target = result.AsSpan(y * stride, stride);
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = (byte)sums[i];
            }
        }
        return result;
    }

    /// <summary>For each target position the first source position and the weights from there on, adding up to 1.</summary>
    private sealed class Taps
    {
        private readonly int[] first;
        private readonly float[] weights;
        private readonly int[] start;

        private Taps(int[] first, float[] weights, int[] start)
        {
            this.first = first;
            this.weights = weights;
            this.start = start;
        }

        internal int Count => first.Length;

        internal static Taps Make(int source, int target, bool antialias)
        {
            double scale = (double)source / target;
            double support = antialias ? Math.Max(scale, 1) : 1;
            int[] first = new int[target];
            int[] start = new int[target + 1];
            List<float> weights = [];
            for (int i = 0; i < target; i++)
            {
                // Without antialiasing the centre is clamped instead, so that the border repeats.
                double centre = (i + 0.5) * scale;
                centre = antialias ? centre : Math.Clamp(centre, 0.5, source - 0.5);
                int low = Math.Max((int)Math.Floor(centre - support + 0.5), 0);
                int high = Math.Min((int)Math.Floor(centre + support + 0.5), source);
                double[] own =
                [
                    .. Enumerable
                        .Range(low, high - low)
                        .Select(x => Math.Max(0, 1 - (Math.Abs(x + 0.5 - centre) / support))),
                ];
                double sum = own.Sum();
                first[i] = low;
                weights.AddRange(own.Select(weight => (float)(weight / sum)));
                start[i + 1] = weights.Count;
            }
            return new Taps(first, [.. weights], start);
        }

        internal int First(int position) => first[position];

        internal ReadOnlySpan<float> Weights(int position) =>
            weights.AsSpan(start[position], start[position + 1] - start[position]);
    }
}
