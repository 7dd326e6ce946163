using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>A split and all that was found wrong with it.</summary>
/// <param name="Name">As training takes it: train for a data set without splits.</param>
/// <param name="Dataset">The split.</param>
/// <param name="Findings">Of its annotations and of its image files, and what training would say.</param>
internal sealed record InspectedSplit(string Name, Dataset Dataset, IReadOnlyList<Finding> Findings)
{
    /// <summary>What an image shows, which throws <see cref="ImageException"/> where it cannot be shown.</summary>
    public Func<ImageRecord, RgbImage> Picture { get; init; } = image => image.Decode();

    /// <summary>Of the images, each made small; null where it cannot be decoded.</summary>
    public IReadOnlyList<SmallPicture?> Pictures { get; init; } = [];
}
