using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>Writes what data review found, for programs.</summary>
internal static class ReviewList
{
    /// <summary>A kind as people and programs call it.</summary>
    public static string Word(LabelMistake kind) => kind.ToString().ToLowerInvariant();

    /// <summary>Writes all places in their order.</summary>
    /// <param name="path">The file.</param>
    /// <param name="splits">Whose images the places are in, with one list of classes.</param>
    /// <param name="ranked">The places.</param>
    public static void Write(string path, IReadOnlyList<Dataset> splits, IReadOnlyList<SuspectLabel> ranked)
    {
        Dictionary<ImageRecord, Dataset> splitOf = new(ReferenceEqualityComparer.Instance);
        foreach (Dataset split in splits)
        {
            foreach (ImageRecord image in split.Images)
            {
                splitOf[image] = split;
            }
        }

        AtomicFile.WriteJson(path, ranked.Select(suspect => Entry(splitOf[suspect.Image], suspect)));
    }

    private static object Entry(Dataset split, SuspectLabel suspect) =>
        new
        {
            mistake = Word(suspect.Kind),
            score = Math.Round(suspect.Score, 4),
            split = split.Split,
            file = suspect.Image.Path,
            image_id = suspect.Image.Id,
            label = suspect.Label is { } label
                ? new
                {
                    annotation_id = label.AnnotationId,
                    @class = split.Classes[label.Label].Name,
                    box = (float[])[label.X1, label.Y1, label.X2, label.Y2],
                }
                : null,
            found = suspect.Found is { } found
                ? new
                {
                    score = Math.Round(found.Score, 4),
                    @class = split.Classes[found.Label].Name,
                    box = (float[])[found.X1, found.Y1, found.X2, found.Y2],
                }
                : null,
        };
}
