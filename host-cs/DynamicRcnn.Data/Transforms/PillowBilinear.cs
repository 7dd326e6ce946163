using System.Numerics;

namespace DynamicRcnn.Data;

/// <summary>
/// Pillow's Image.resize with BILINEAR for 8-bit pixels (libImaging/Resample.c), to the bit: rows first, then columns, both with weights of
/// 22 bits and rounded to levels; a direction that keeps its size is left out.
/// </summary>
internal static class PillowBilinear
{
    private const int Channels = Resampler.Channels;
    private const int WeightBits = 32 - 8 - 2;
    private const int Half = 1 << (WeightBits - 1);

    /// <param name="image">The original.</param>
    /// <param name="target">Another size.</param>
    internal static RgbImage Resize(RgbImage image, ImageSize target)
    {
        byte[] wide =
            image.Width == target.Width
                ? image.Pixels
                : Across(image.Pixels, image.Width, image.Height, Taps.Make(image.Width, target.Width));
        byte[] both =
            image.Height == target.Height ? wide : Down(wide, target.Width, Taps.Make(image.Height, target.Height));
        return new RgbImage(target.Width, target.Height, both);
    }

    private static byte[] Across(byte[] source, int width, int height, Taps taps)
    {
        byte[] result = GC.AllocateUninitializedArray<byte>(taps.Count * height * Channels);
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> row = source.AsSpan(y * width * Channels, width * Channels);
            Span<byte> target = result.AsSpan(y * taps.Count * Channels, taps.Count * Channels);
            for (int x = 0; x < taps.Count; x++)
            {
                int at = taps.First(x) * Channels;
                int red = Half;
                int green = Half;
                int blue = Half;
                foreach (int weight in taps.Weights(x))
                {
                    red += weight * row[at];
                    green += weight * row[at + 1];
                    blue += weight * row[at + 2];
                    at += Channels;
                }
                target[x * Channels] = Level(red);
                target[(x * Channels) + 1] = Level(green);
                target[(x * Channels) + 2] = Level(blue);
            }
        }
        return result;
    }

    private static byte[] Down(byte[] source, int width, Taps taps)
    {
        int stride = width * Channels;
        byte[] result = GC.AllocateUninitializedArray<byte>(taps.Count * stride);
        int[] sums = new int[stride];
        for (int y = 0; y < taps.Count; y++)
        {
            Array.Fill(sums, Half);
            int first = taps.First(y);
            foreach (int weight in taps.Weights(y))
            {
                Add(weight, source.AsSpan(first++ * stride, stride), sums);
            }
            Span<byte> target = result.AsSpan(y * stride, stride);
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = Level(sums[i]);
            }
        }
        return result;
    }

    private static void Add(int weight, ReadOnlySpan<byte> row, int[] sums)
    {
        int i = 0;
        for (; i <= row.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(row[i..]), out Vector<ushort> low, out Vector<ushort> high);
            AddPart(low, i);
            AddPart(high, i + Vector<ushort>.Count);
        }
        for (; i < row.Length; i++)
        {
            sums[i] += weight * row[i];
        }

        void AddPart(Vector<ushort> levels, int at)
        {
            Vector.Widen(levels, out Vector<uint> low, out Vector<uint> high);
            (new Vector<int>(sums, at) + (Vector.AsVectorInt32(low) * weight)).CopyTo(sums, at);
            at += Vector<int>.Count;
            (new Vector<int>(sums, at) + (Vector.AsVectorInt32(high) * weight)).CopyTo(sums, at);
        }
    }

    /// <summary>Weights are not negative, so a sum is not; many rounded ones may add up to more than 1.</summary>
    private static byte Level(int sum) => (byte)Math.Min(sum >> WeightBits, byte.MaxValue);

    /// <summary>For each target position the first source position and the weights from there on, adding up to about 1 &lt;&lt; 22.</summary>
    private sealed class Taps
    {
        private readonly int[] first;
        private readonly int[] start;
        private readonly int[] weights;

        private Taps(int[] first, int[] start, int[] weights)
        {
            this.first = first;
            this.start = start;
            this.weights = weights;
        }

        internal int Count => first.Length;

        /// <summary>Where a picture shrinks the filter grows, so that every source position has a share.</summary>
        internal static Taps Make(int source, int target)
        {
            double scale = (double)source / target;
            double support = Math.Max(scale, 1);
            double perPixel = 1 / support;
            int[] first = new int[target];
            int[] start = new int[target + 1];
            List<int> weights = [];
            double[] own = new double[(2 * (int)Math.Ceiling(support)) + 1];
            for (int i = 0; i < target; i++)
            {
                double centre = (i + 0.5) * scale;
                int low = Math.Max((int)(centre - support + 0.5), 0);
                int high = Math.Min((int)(centre + support + 0.5), source);
                double sum = 0;
                for (int x = low; x < high; x++)
                {
                    own[x - low] = Math.Max(0, 1 - Math.Abs((x - centre + 0.5) * perPixel));
                    sum += own[x - low];
                }
                foreach (double weight in own.AsSpan(0, high - low))
                {
                    weights.Add((int)(0.5 + (weight / sum * (1 << WeightBits))));
                }
                first[i] = low;
                start[i + 1] = weights.Count;
            }
            return new Taps(first, start, [.. weights]);
        }

        internal int First(int position) => first[position];

        internal ReadOnlySpan<int> Weights(int position) =>
            weights.AsSpan(start[position], start[position + 1] - start[position]);
    }
}
