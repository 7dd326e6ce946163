using DynamicRcnn.Data;

namespace DynamicRcnn.Training.Runs;

/// <summary>Compares a detector's classes with a data set's.</summary>
public static class ClassLists
{
    /// <summary>Passes when both lists hold the same names and ids in the same order.</summary>
    /// <param name="detector">Where the first list is from.</param>
    /// <param name="known">The detector's classes.</param>
    /// <param name="dataset">The data set.</param>
    /// <exception cref="RunException">They differ; the sentence holds both lists.</exception>
    public static void Require(string detector, IReadOnlyList<ClassName> known, Dataset dataset)
    {
        if (!known.SequenceEqual(dataset.Classes))
        {
            throw Mismatch(detector, known, dataset);
        }
    }

    /// <summary>The data set with its classes and labels in the detector's order. Classes are recognised by name.</summary>
    /// <exception cref="RunException">The names are not the same; the sentence holds both lists.</exception>
    public static Dataset Align(string detector, IReadOnlyList<ClassName> known, Dataset dataset)
    {
        if (known.SequenceEqual(dataset.Classes))
        {
            return dataset; // whatever the names: some data sets have one twice
        }
        Dictionary<string, int> labels = [];
        for (int label = 0; label < known.Count; label++)
        {
            labels.TryAdd(known[label].Name, label);
        }
        int[] moved = [.. dataset.Classes.Select(name => labels.GetValueOrDefault(name.Name, -1))];
        if (moved.Length != known.Count || moved.Distinct().Count() != known.Count || moved.Contains(-1))
        {
            throw Mismatch(detector, known, dataset);
        }
        ClassName[] classes = new ClassName[known.Count];
        for (int label = 0; label < moved.Length; label++)
        {
            classes[moved[label]] = dataset.Classes[label];
        }
        return dataset with
        {
            Classes = classes,
            Images =
            [
                .. dataset.Images.Select(image =>
                    image with
                    {
                        Boxes = [.. image.Boxes.Select(box => box with { Label = moved[box.Label] })],
                    }
                ),
            ],
        };
    }

    private static RunException Mismatch(string detector, IReadOnlyList<ClassName> known, Dataset dataset) =>
        new(
            $"{detector} knows the classes {List(known)}, but {dataset.Name} has {List(dataset.Classes)}; they must be the same."
        );

    private static string List(IReadOnlyList<ClassName> classes) =>
        $"[{string.Join(", ", classes.Select(name => $"{name.Id} {name.Name}"))}]";
}
