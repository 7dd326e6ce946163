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

    /// <summary>Images of the training split that are in another split too.</summary>
    public static IReadOnlyList<Finding> Shared(Dataset other, Dataset training)
    {
        HashSet<string> trained = [.. training.Images.Select(image => Path.GetFullPath(image.Path))];
        FindingTally shared = new(FindingKind.SharedImage);
        foreach (ImageRecord image in other.Images.Where(image => trained.Contains(Path.GetFullPath(image.Path))))
        {
            string text =
                $"it is in the splits {training.Split} and {other.Split}; figures on what was trained on say nothing";
            shared.Add(image.Path, image.Path, text);
        }
        return shared.Findings;
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
