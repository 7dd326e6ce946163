using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>Where a data set is, and which parts of it, or of others, are its splits where its own are not meant.</summary>
/// <param name="Path">A folder or an annotation file; empty where the splits are named by hand.</param>
/// <param name="Train">What is trained on: a split of the data set, or a file or folder, from here or from the data set; empty: its own.</param>
/// <param name="Val">What is evaluated, likewise.</param>
/// <param name="Test">The third part, likewise.</param>
/// <param name="HoldOut">The share of the training split's images that becomes the split val, from 0 to below 1; 0: none.</param>
public sealed record DatasetSource(
    string Path,
    string Train = "",
    string Val = "",
    string Test = "",
    double HoldOut = 0
)
{
    /// <summary>Images of more pixels are left out.</summary>
    public long MaxPixels { get; init; } = ImageCodec.DefaultMaxPixels;

    /// <summary>A split test stays one where there is no val, which evaluation would take it for.</summary>
    internal bool TestStays { get; init; }

    /// <summary>The splits that are named by hand.</summary>
    internal IReadOnlyList<(string Split, string Given)> Named => [("train", Train), ("val", Val), ("test", Test)];

    /// <summary>What the data set is called in sentences.</summary>
    public string Title => Path.Length > 0 ? Path : Named.FirstOrDefault(named => named.Given.Length > 0).Given ?? "";

    /// <summary>That of a configuration.</summary>
    public static DatasetSource Of(DataConfig data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new DatasetSource(data.Path, data.Train, data.Val, data.Test, data.HoldOut)
        {
            MaxPixels = data.MaxPixels,
        };
    }

    /// <summary>Whether anything is named.</summary>
    public bool IsEmpty => Path.Length == 0 && Named.All(named => named.Given.Length == 0);
}
