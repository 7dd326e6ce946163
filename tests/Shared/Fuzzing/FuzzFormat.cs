namespace DynamicRcnn.Tests.Fuzzing;

/// <summary>A format of files that come from strangers.</summary>
/// <param name="Name">For people.</param>
/// <param name="Damaged">A damaged file of it; the generator's seed decides all.</param>
/// <param name="IsPastHeader">Whether a file is still so far whole that its reader goes on to what it describes.</param>
/// <param name="Read">Reads the file of a path. Returns the sentence that refuses it, or null; any exception is a fault.</param>
internal sealed record FuzzFormat(
    string Name,
    Func<Random, byte[]> Damaged,
    Func<byte[], bool> IsPastHeader,
    Func<string, string?> Read
)
{
    /// <summary>Makes what belongs to a file around it, in an empty folder, and says where the file goes.</summary>
    public Func<string, string> Place { get; init; } = folder => Path.Combine(folder, "file");

    /// <summary>The bound on what a reader takes for a file: so much, and so many bytes for each byte of the file.</summary>
    /// <remarks>A byte of a pickle can become an empty dictionary; elements are copied at most eight times over.</remarks>
    public long MostBytes { get; init; } = 1 << 17;

    public long MostBytesForAByte { get; init; } = 256;
}
