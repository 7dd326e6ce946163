using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>The structure of a detector or a backbone from its tensors alone. Whatever else they hold or lack shows when the two are compared.</summary>
internal static class StructureGuess
{
    private const int Stages = 4;

    /// <param name="tensors">By our names; those of a backbone alone are enough.</param>
    /// <param name="path">For sentences.</param>
    /// <exception cref="RunException">The rows of the classes do not go together.</exception>
    public static DetectorStructure Of(string path, IReadOnlyDictionary<string, StoredTensor> tensors)
    {
        int stages = Math.Max(1, Enumerable.Range(0, ClassRows.MostStages).TakeWhile(HasStage).Count());
        string head = stages == 1 ? "roi_head" : "roi_head.0";
        (int classCount, bool backgroundFirst) = Rows(path, tensors, stages > 1);
        int[] blocks = [.. Enumerable.Range(1, Stages).Select(Blocks).TakeWhile(count => count > 0)];
        long channels = Side("fpn.output.0.weight", 0);
        return new DetectorStructure(
            blocks,
            tensors.Keys.Any(name =>
                name.StartsWith("backbone.layer", StringComparison.Ordinal) && Has(name, ".conv3.")
            ),
            Side("backbone.conv1.weight", 0),
            [.. Enumerable.Range(1, blocks.Length).Select(Offsets)],
            !tensors.Keys.Any(name => Has(name, ".running_mean")),
            Math.Min(blocks.Length, tensors.Keys.Count(name => IsLevel(name, "fpn.lateral."))),
            channels,
            tensors.Keys.Any(name => Has(name, "fpn.lateral_norm.")),
            Side("rpn.objectness.weight", 0),
            channels > 0 ? (long)Math.Sqrt(Side($"{head}.fc1.weight", 1) / (double)channels) : 0,
            Side($"{head}.fc1.weight", 0),
            classCount,
            backgroundFirst,
            stages
        );

        bool HasStage(int stage) => tensors.ContainsKey($"roi_head.{stage}.classes.weight");

        int Blocks(int stage)
        {
            string start = $"backbone.layer{stage}.";
            return tensors
                .Keys.Where(name => name.StartsWith(start, StringComparison.Ordinal))
                .Select(name => name[start.Length..].Split('.')[0])
                .Distinct()
                .Count();
        }

        long Offsets(int stage) => Side($"backbone.layer{stage}.0.conv2.conv_offset.weight", 0);

        long Side(string name, int side) =>
            tensors.GetValueOrDefault(name) is { } tensor && tensor.Shape.Length > side ? tensor.Shape[side] : 0;
    }

    private static (int ClassCount, bool BackgroundFirst) Rows(
        string path,
        IReadOnlyDictionary<string, StoredTensor> tensors,
        bool isCascade
    )
    {
        if (isCascade)
        {
            // Its boxes are for all classes alike and say nothing of the order; here the background is the last row.
            return ((int)tensors["roi_head.0.classes.weight"].Shape.FirstOrDefault(1) - 1, false);
        }
        if (
            tensors.GetValueOrDefault("roi_head.classes.weight") is not { Shape: [var classes, ..] }
            || tensors.GetValueOrDefault("roi_head.deltas.weight") is not { Shape: [var deltas, ..] }
        )
        {
            return (0, false);
        }
        return ClassRows.Of(classes, deltas)
            ?? throw new RunException(
                $"{path}: the classifier has {classes} rows and the regression of boxes {deltas}; expected four for each class, with or without the background."
            );
    }

    private static bool Has(string name, string part) => name.Contains(part, StringComparison.Ordinal);

    private static bool IsLevel(string name, string start) =>
        name.StartsWith(start, StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal);
}
