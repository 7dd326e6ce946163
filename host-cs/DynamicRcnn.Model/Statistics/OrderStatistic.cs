namespace DynamicRcnn.Model;

// Letters: N rows, M values of a row, R ranks.

/// <summary>Order statistics of the counted values of each row, at several ranks after one sort.</summary>
internal static class OrderStatistic
{
    /// <summary>The min(rank, counted)-th largest values; rank 1 is the largest.</summary>
    /// <param name="values">[N, M].</param>
    /// <param name="counted">[N, M] bool.</param>
    /// <param name="ranks">[1, R] for all rows, or [N, R]; int64, at least 1.</param>
    /// <param name="most">No rank is larger.</param>
    /// <returns>[N, R]; without meaning in a row that counts nothing.</returns>
    public static Tensor Largest(Tensor values, Tensor counted, Tensor ranks, long most) =>
        At(values.masked_fill(counted.logical_not(), double.NegativeInfinity), counted, ranks, most, largest: true);

    /// <summary>The min(rank, counted)-th smallest values; rank 1 is the smallest.</summary>
    /// <inheritdoc cref="Largest"/>
    public static Tensor Smallest(Tensor values, Tensor counted, Tensor ranks, long most) =>
        At(values.masked_fill(counted.logical_not(), double.PositiveInfinity), counted, ranks, most, largest: false);

    private static Tensor At(Tensor values, Tensor counted, Tensor ranks, long most, bool largest)
    {
        int taken = (int)Math.Min(most, values.shape[1]);
        (Tensor ordered, _) = values.topk(taken, 1, largest);
        Tensor place = ranks.clamp(max: counted.sum(1, keepdim: true)); // [N, R]
        Tensor row = (place - 1).clamp((Scalar)0, (Scalar)(taken - 1));
        return ordered.gather(1, row);
    }
}
