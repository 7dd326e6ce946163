namespace DynamicRcnn.Model;

/// <summary>Ranks as rows on the device, copied there when they are first asked for: a copy in every step would make the host wait.</summary>
internal sealed class RankTables : IDisposable
{
    private readonly Dictionary<string, Tensor> rows = [];

    /// <param name="ranks">R of them.</param>
    /// <param name="device">Where the values lie.</param>
    /// <returns>[1, R] int64. It stays this object's.</returns>
    public Tensor On(Device device, int[] ranks)
    {
        string key = $"{device}: {string.Join(',', ranks)}";
        if (!rows.TryGetValue(key, out Tensor? row))
        {
            long[] values = [.. ranks.Select(rank => (long)rank)];
            rows[key] = row = torch.tensor(values, [1, values.Length], device: device).DetachFromDisposeScope();
        }
        return row;
    }

    public void Dispose()
    {
        foreach (Tensor row in rows.Values)
            row.Dispose();
        rows.Clear();
    }
}
