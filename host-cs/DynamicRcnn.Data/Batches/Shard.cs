namespace DynamicRcnn.Data;

/// <summary>One of several equal parts that processes share a list in: neighbours stay together, in the order of the parts.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Count">How many parts there are.</param>
public sealed record Shard(int Index, int Count)
{
    /// <summary>The only part.</summary>
    public static Shard Whole { get; } = new(0, 1);

    /// <summary>The part of a list.</summary>
    /// <exception cref="ArgumentException">The list has no equal parts.</exception>
    public T[] Of<T>(IReadOnlyCollection<T> whole)
    {
        int size = whole.Count / Count;
        return size * Count == whole.Count
            ? [.. whole.Skip(Index * size).Take(size)]
            : throw new ArgumentException($"{whole.Count} do not make {Count} equal parts.", nameof(whole));
    }
}
