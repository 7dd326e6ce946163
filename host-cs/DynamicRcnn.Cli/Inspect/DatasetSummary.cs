using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>A data set in numbers.</summary>
internal static class DatasetSummary
{
    /// <summary>Writes counts, sizes and classes.</summary>
    public static void Write(Dataset dataset, TextWriter output)
    {
        GroundTruthBox[] boxes = [.. dataset.Images.SelectMany(image => image.Boxes)];
        GroundTruthBox[] objects = [.. boxes.Where(box => !box.Crowd)];
        int[] counts = [.. dataset.Images.Select(image => image.Boxes.Count(box => !box.Crowd)).Order()];
        output.WriteLine($"{dataset.Name}, split {dataset.Split}");
        Line("images", $"{dataset.Images.Count}, {counts.Count(count => count == 0)} of them without boxes");
        int difficult = boxes.Count(box => box.Difficult);
        string left = difficult == 0 ? "" : $" ({difficult} of them difficult, which training leaves out)";
        int crowds = boxes.Length - objects.Length - difficult;
        Line("boxes", $"{objects.Length + difficult}{left} and {Amount.Count(crowds, "crowd region")}");
        if (counts.Length > 0)
        {
            Line(
                "an image",
                $"{counts[0]} to {counts[^1]} boxes, median {counts[counts.Length / 2]}, mean {counts.Average():F1}"
            );
            Line(
                "image size",
                $"{Range(dataset.Images, image => image.Width)} x {Range(dataset.Images, image => image.Height)} pixels"
            );
        }

        if (dataset.TurnedImages > 0)
        {
            Line("turned", $"{Amount.Count(dataset.TurnedImages, "image")} upright, as EXIF says");
        }

        if (objects.Length > 0)
        {
            WriteSizes(objects, Line);
        }

        output.WriteLine();
        WriteClasses(dataset, objects, output);

        void Line(string name, string text) => output.WriteLine($"  {name, -10} {text}");
    }

    private static void WriteSizes(GroundTruthBox[] objects, Action<string, string> line)
    {
        double[] sides = [.. objects.Select(Side).Order()];
        line(
            "box side",
            $"{sides[0]:F0} to {sides[^1]:F0} pixels, median {sides[sides.Length / 2]:F0} (root of the area)"
        );
        line(
            "box sizes",
            $"{Amount.Percent(Share(objects, BoxSizes.IsSmall))} small, "
                + $"{Amount.Percent(Share(objects, BoxSizes.IsMedium))} medium, "
                + $"{Amount.Percent(Share(objects, BoxSizes.IsLarge))} large in COCO's terms"
        );
    }

    private static void WriteClasses(Dataset dataset, GroundTruthBox[] objects, TextWriter output)
    {
        var table = new TextTable();
        table.Add("class", "id", "boxes", "images", "median side");
        for (int label = 0; label < dataset.Classes.Count; label++)
        {
            double[] sides = [.. objects.Where(box => box.Label == label).Select(Side).Order()];
            int images = dataset.Images.Count(image => image.Boxes.Any(box => box.Label == label && !box.Crowd));
            ClassName name = dataset.Classes[label];
            table.Add(
                name.Name,
                $"{name.Id}",
                $"{sides.Length}",
                $"{images}",
                sides.Length == 0 ? "-" : $"{sides[sides.Length / 2]:F0}"
            );
        }

        table.Write(output);
    }

    private static double Side(GroundTruthBox box) => Math.Sqrt(BoxSizes.Area(box));

    private static double Share(GroundTruthBox[] boxes, Func<GroundTruthBox, bool> holds) =>
        boxes.Count(holds) / (double)boxes.Length;

    private static string Range(IReadOnlyList<ImageRecord> images, Func<ImageRecord, int> side)
    {
        int least = images.Min(side);
        int most = images.Max(side);
        return least == most ? $"{least}" : $"{least}-{most}";
    }
}
