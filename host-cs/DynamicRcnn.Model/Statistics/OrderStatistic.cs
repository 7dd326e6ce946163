namespace DynamicRcnn.Model;

/// <summary>The k-th largest or smallest value of each row, where k differs between rows but has a bound.</summary>
internal static class OrderStatistic
{
    /// <param name="values">[N, M]; rows that do not count are minus infinity.</param>
    /// <param name="ranks">[N] int64, 1 = the largest; what is outside 1..maxRank is brought inside.</param>
    /// <param name="maxRank">Bound of the ranks.</param>
    /// <returns>[N].</returns>
    public static Tensor Largest(Tensor values, Tensor ranks, long maxRank) =>
        At(values, ranks, maxRank, largest: true);

    /// <inheritdoc cref="Largest"/>
    /// <param name="values">[N, M]; rows that do not count are infinite.</param>
    /// <param name="ranks">[N] int64, 1 = the smallest.</param>
    /// <param name="maxRank">Bound of the ranks.</param>
    public static Tensor Smallest(Tensor values, Tensor ranks, long maxRank) =>
        At(values, ranks, maxRank, largest: false);

    private static Tensor At(Tensor values, Tensor ranks, long maxRank, bool largest)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        int taken = (int)Math.Min(maxRank, values.shape[1]);
        (Tensor ordered, _) = values.topk(taken, 1, largest);
        Tensor place = (ranks - 1).clamp((Scalar)0, (Scalar)(taken - 1)).unsqueeze(1);
        return scope.MoveToOuter(ordered.gather(1, place).squeeze(1));
    }
}
