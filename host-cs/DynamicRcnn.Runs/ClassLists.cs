using DynamicRcnn.Data;

namespace DynamicRcnn.Runs;

/// <summary>Compares a detector's classes with a data set's.</summary>
public static class ClassLists
{
    /// <summary>As many as a sentence bears.</summary>
    private const int Named = 20;

    /// <summary>Passes when both lists hold the same names and ids in the same order.</summary>
    /// <param name="detector">Where the first list is from.</param>
    /// <param name="known">The detector's classes.</param>
    /// <param name="dataset">The data set.</param>
    /// <exception cref="RunException">They differ; the sentence holds both lists.</exception>
    public static void Require(string detector, IReadOnlyList<ClassName> known, Dataset dataset)
    {
        if (!known.SequenceEqual(dataset.Classes))
        {
            throw new RunException($"{Lists(detector, known, dataset)}; they must be the same.");
        }
    }

    /// <summary>
    /// The data set with its classes and labels in the detector's order. Classes are recognised by name; those that the data set does not list,
    /// since it has no objects of them, come in with the detector's names.
    /// </summary>
    /// <exception cref="RunException">The data set has a class that the detector does not know; the sentence holds both lists.</exception>
    public static Dataset Align(string detector, IReadOnlyList<ClassName> known, Dataset dataset)
    {
        if (known.SequenceEqual(dataset.Classes))
        {
            return dataset; // whatever the names: some data sets have one twice
        }
        if (Problem(detector, known, dataset) is { } problem)
        {
            throw new RunException(problem);
        }
        int[] moved = Places(known, dataset);
        return dataset with
        {
            Classes = Ordered(known, dataset, moved),
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

    /// <summary>Why a data set does not fit a detector, in a sentence; null when it does.</summary>
    /// <param name="detector">Where the first list is from.</param>
    /// <param name="known">The detector's classes.</param>
    /// <param name="dataset">The data set.</param>
    public static string? Problem(string detector, IReadOnlyList<ClassName> known, Dataset dataset)
    {
        if (known.SequenceEqual(dataset.Classes))
        {
            return null;
        }
        int[] moved = Places(known, dataset);
        return moved.Contains(-1) || moved.Distinct().Count() != moved.Length
            ? $"{Lists(detector, known, dataset)}; it may have no other classes than these, and each of them once."
            : null;
    }

    /// <summary>Which of a detector's classes a data set does not list, as a sentence without its end; null when it lists all.</summary>
    public static string? Lacks(IReadOnlyList<ClassName> known, Dataset dataset)
    {
        string[] missing =
        [
            .. known
                .Select(name => name.Name)
                .Except(dataset.Classes.Select(name => name.Name), StringComparer.Ordinal),
        ];
        return missing.Length == 0
            ? null
            : $"{dataset.Name}, split '{dataset.Split}', does not list {Names(missing)}; it is evaluated on the classes that it has";
    }

    /// <summary>The detector's label of each of the data set's classes; -1 for one that it does not know.</summary>
    private static int[] Places(IReadOnlyList<ClassName> known, Dataset dataset)
    {
        Dictionary<string, int> labels = [];
        for (int label = 0; label < known.Count; label++)
        {
            labels.TryAdd(known[label].Name, label);
        }
        return [.. dataset.Classes.Select(name => labels.GetValueOrDefault(name.Name, -1))];
    }

    private static ClassName[] Ordered(IReadOnlyList<ClassName> known, Dataset dataset, int[] moved)
    {
        ClassName?[] classes = new ClassName?[known.Count];
        for (int label = 0; label < moved.Length; label++)
        {
            classes[moved[label]] = dataset.Classes[label];
        }
        // A class that the file does not list needs an id that it does not have.
        HashSet<long> taken = [.. dataset.Classes.Select(name => name.Id)];
        long free = Math.Max(taken.Max(), known.Max(name => name.Id));
        return
        [
            .. classes.Select(
                (name, label) =>
                    name ?? known[label] with { Id = taken.Add(known[label].Id) ? known[label].Id : ++free }
            ),
        ];
    }

    private static string Lists(string detector, IReadOnlyList<ClassName> known, Dataset dataset) =>
        $"{detector} knows the classes {List(known)}, but {dataset.Name} has {List(dataset.Classes)}";

    private static string List(IReadOnlyList<ClassName> classes) =>
        $"[{Names([.. classes.Select(name => $"{name.Id} {name.Name}")])}]";

    /// <summary>Names in a sentence; of many the first.</summary>
    internal static string Names(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(Named)) + (names.Count > Named ? $" and {names.Count - Named} more" : "");
}
