using DynamicRcnn.Core;

namespace DynamicRcnn.Cli;

/// <summary>What takes no part in the figures of a results file although it is in the files, as in pycocotools.</summary>
internal static class ResultNotes
{
    /// <summary>Ids that are named.</summary>
    private const int Named = 3;

    /// <summary>One sentence for each.</summary>
    public static IEnumerable<string> Of(CocoGroundTruth truth, DetectionBox[] detections)
    {
        HashSet<long> categories = [.. truth.Categories.Select(category => category.Id)];
        HashSet<long> images = [.. truth.Images.Select(image => image.Id)];
        int zero = truth.Boxes.Count(box => box.Id == 0);
        if (zero > 0)
        {
            yield return $"{Amount.Count(zero, "annotation")} with the id 0 cannot be matched, for COCO's evaluation takes 0 for no match: "
                + "what finds such a box counts as wrong; number the annotations from 1";
        }

        foreach (
            string? note in (string?[])
                [
                    Unlisted("detection", "category", [.. detections.Select(box => box.CategoryId)], categories),
                    Unlisted("annotation", "category", [.. truth.Boxes.Select(box => box.CategoryId)], categories),
                    Unlisted("annotation", "image", [.. truth.Boxes.Select(box => box.ImageId)], images),
                ]
        )
        {
            if (note is not null)
            {
                yield return note;
            }
        }
    }

    private static string? Unlisted(string what, string owner, long[] ids, HashSet<long> known)
    {
        long[] others = [.. ids.Where(id => !known.Contains(id))];
        long[] distinct = [.. others.Distinct().Order()];
        return others.Length == 0
            ? null
            : $"{others.Length} of {Amount.Count(ids.Length, what)} have a {owner} id that the annotations do not list "
                + $"({string.Join(", ", distinct.Take(Named))}{(distinct.Length > Named ? ", ..." : "")}) and take no part in the figures";
    }
}
