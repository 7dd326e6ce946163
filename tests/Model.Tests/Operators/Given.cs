namespace DynamicRcnn.Model.Tests.Operators;

/// <summary>Inputs of the operators' tests, the same in every run.</summary>
internal static class Given
{
    internal static Tensor Floats(long[] shape, params float[] values) => ops.from_span<float>(values, shape);

    internal static Tensor Longs(params long[] values) => ops.from_span<long>(values, [values.Length]);

    /// <summary>[R, 5] RoIs from rows of five numbers.</summary>
    internal static Tensor Rois(params float[] values) => Floats([values.Length / 5, 5], values);

    /// <summary>Uniform in [low, high).</summary>
    internal static Tensor Uniform(int seed, double low, double high, params long[] shape)
    {
        Random random = new(seed);
        double[] values = new double[shape.Aggregate(1L, (product, side) => product * side)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = low + ((high - low) * random.NextDouble());
        }
        return ops.from_span<double>(values, shape);
    }

    /// <summary>RoIs inside, across and outside two images of a side, with a padding row.</summary>
    internal static Tensor MixedRois(int seed, int count, float side)
    {
        Random random = new(seed);
        float[] rows = new float[5 * count];
        for (int r = 0; r < count; r++)
        {
            float x = side * ((1.4f * random.NextSingle()) - 0.3f);
            float y = side * ((1.4f * random.NextSingle()) - 0.3f);
            rows[5 * r] = r == 1 ? -1 : random.Next(2);
            rows[(5 * r) + 1] = x;
            rows[(5 * r) + 2] = y;
            rows[(5 * r) + 3] = x + (side * 0.7f * random.NextSingle());
            rows[(5 * r) + 4] = y + (side * 0.7f * random.NextSingle());
        }
        return Rois(rows);
    }
}
