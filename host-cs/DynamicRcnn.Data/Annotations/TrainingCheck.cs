namespace DynamicRcnn.Data;

/// <summary>What no detector can be trained on.</summary>
public static class TrainingCheck
{
    /// <summary>Passes when there is a box to learn from.</summary>
    /// <param name="dataset">The training split.</param>
    /// <exception cref="DataException">There is none; the sentence says what there is.</exception>
    public static void Require(Dataset dataset)
    {
        if (Problem(dataset) is { } problem)
        {
            throw new DataException(problem);
        }
    }

    /// <summary>Why nothing can be learnt from a split, in a sentence; null when something can.</summary>
    public static string? Problem(Dataset dataset)
    {
        GroundTruthBox[] boxes = [.. dataset.Images.SelectMany(image => image.Boxes)];
        if (boxes.Any(box => !box.Crowd))
        {
            return null;
        }
        int difficult = boxes.Count(box => box.Difficult);
        string held =
            boxes.Length == 0 ? "no box at all"
            : difficult == 0 ? $"0 boxes and {boxes.Length} crowd regions, which training leaves out"
            : $"{boxes.Length} boxes that are difficult or crowd regions, which training leaves out";
        return $"{dataset.Name}, split '{dataset.Split}': there is nothing to learn: the images have {held}; expected at least one box.";
    }
}
