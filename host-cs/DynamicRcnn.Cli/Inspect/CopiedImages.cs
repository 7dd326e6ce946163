using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>Pictures of a split that are those of another in a second file.</summary>
internal static class CopiedImages
{
    /// <summary>A finding for each picture, which names the first that it is a copy of.</summary>
    /// <param name="dataset">The split.</param>
    /// <param name="pictures">Of its images.</param>
    /// <param name="others">The splits before it. The same file in two of them is another finding where one is trained on.</param>
    public static IReadOnlyList<Finding> Of(
        Dataset dataset,
        IReadOnlyList<SmallPicture?> pictures,
        IEnumerable<InspectedSplit> others
    ) =>
        [
            .. others.SelectMany(other =>
                PictureCopies
                    .Between(pictures, other.Pictures)
                    .Select(pair =>
                        (Own: dataset.Images[pair.Place].Path, Other: other.Dataset.Images[pair.Other].Path)
                    )
                    .Where(pair =>
                        other.Name != TrainCommand.TrainSplit
                        || Path.GetFullPath(pair.Own) != Path.GetFullPath(pair.Other)
                    )
                    .Select(pair => new Finding(
                        FindingKind.CopiedImage,
                        pair.Own,
                        $"{pair.Own}: it is equal or nearly equal to {pair.Other} of the split {other.Dataset.Split}; figures on what was trained on say nothing."
                    ))
            ),
        ];
}
