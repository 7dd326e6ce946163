namespace DynamicRcnn.Model.Tests;

/// <summary>Tensors from arrays and back.</summary>
internal static class TestTensors
{
    public static Tensor Floats(long[] shape, params float[] values) => ops.from_span<float>(values, shape);

    public static Tensor Longs(long[] shape, params long[] values) => ops.from_span<long>(values, shape);

    public static Tensor Bools(long[] shape, params bool[] values) =>
        Longs(shape, Array.ConvertAll(values, value => value ? 1L : 0L)).gt(0);

    public static float[] Read(Tensor tensor) => ops.to_array<float>(tensor.to(ScalarType.Float32).contiguous());

    public static long[] ReadLongs(Tensor tensor) => ops.to_array<long>(tensor.to(ScalarType.Int64).contiguous());

    public static bool[] ReadBools(Tensor tensor) => Array.ConvertAll(ReadLongs(tensor), value => value != 0);

    /// <summary>Boxes within a square image, their sides at least so many pixels, from a seeded generator.</summary>
    public static float[] RandomBoxes(Random random, int count, float side, float shortest = 1)
    {
        float[] boxes = new float[4 * count];
        for (int box = 0; box < count; box++)
        for (int axis = 0; axis < 2; axis++)
        {
            float start = random.NextSingle() * (side - shortest - 1);
            boxes[4 * box + axis] = start;
            boxes[4 * box + axis + 2] = start + shortest + random.NextSingle() * (side - start - shortest);
        }
        return boxes;
    }

    /// <summary>Ground truth of a batch, every image padded to the longest with the given garbage.</summary>
    public static GroundTruth Truth(float garbage, params (float[] Boxes, long[] Labels)[] images)
    {
        int longest = images.Max(image => image.Labels.Length);
        return Truth(garbage, longest, images);
    }

    public static GroundTruth Truth(float garbage, int rows, params (float[] Boxes, long[] Labels)[] images)
    {
        List<float> boxes = [];
        List<long> labels = [];
        List<bool> valid = [];
        foreach ((float[] imageBoxes, long[] imageLabels) in images)
        {
            int padding = rows - imageLabels.Length;
            boxes.AddRange(imageBoxes);
            boxes.AddRange(Enumerable.Repeat(garbage, 4 * padding));
            labels.AddRange(imageLabels);
            labels.AddRange(Enumerable.Repeat(float.IsNaN(garbage) ? -7L : (long)garbage, padding));
            valid.AddRange(Enumerable.Range(0, rows).Select(row => row < imageLabels.Length));
        }
        return new GroundTruth(
            Floats([images.Length, rows, 4], [.. boxes]),
            Longs([images.Length, rows], [.. labels]),
            Bools([images.Length, rows], [.. valid])
        );
    }

    /// <summary>The plain IoU of two boxes.</summary>
    public static float IoU(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float offset)
    {
        float width = Math.Max(0, Math.Min(a[2], b[2]) - Math.Max(a[0], b[0]) + offset);
        float height = Math.Max(0, Math.Min(a[3], b[3]) - Math.Max(a[1], b[1]) + offset);
        float intersection = width * height;
        float areaA = (a[2] - a[0] + offset) * (a[3] - a[1] + offset);
        float areaB = (b[2] - b[0] + offset) * (b[3] - b[1] + offset);
        return intersection / (areaA + areaB - intersection);
    }

    /// <summary>Box <paramref name="index"/> of a flat list.</summary>
    public static ReadOnlySpan<float> Box(float[] boxes, int index) => boxes.AsSpan(4 * index, 4);

    public static void Close(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int index = 0; index < expected.Length; index++)
        {
            double bound = tolerance * Math.Max(1, Math.Abs(expected[index]));
            Assert.True(
                Math.Abs(expected[index] - actual[index]) <= bound,
                $"at {index}: expected {expected[index]:R}, got {actual[index]:R}"
            );
        }
    }
}
