using DynamicRcnn.Cli.Output;
using DynamicRcnn.Core;

namespace DynamicRcnn.Cli.Evaluation;

/// <summary>Prints an evaluation: the 12 figures, AP at rising IoU thresholds, and each class.</summary>
internal static class EvaluationTable
{
    /// <summary>What each figure averages over, in the order of <see cref="EvaluationResult.Figures"/>.</summary>
    private static readonly string[] Meanings =
    [
        "IoU 0.50 to 0.95",
        "IoU 0.50",
        "IoU 0.75",
        "boxes under 32 x 32 pixels",
        "boxes of 32 x 32 to 96 x 96 pixels",
        "boxes over 96 x 96 pixels",
        "recall with 1 detection an image",
        "recall with 10 detections an image",
        "recall with 100 detections an image",
        "recall of boxes under 32 x 32 pixels",
        "recall of boxes of 32 x 32 to 96 x 96 pixels",
        "recall of boxes over 96 x 96 pixels",
    ];

    /// <summary>The thresholds of the second table, by index into <see cref="EvaluationResult.APByIoU"/>.</summary>
    private static readonly (string Name, int Index)[] RisingIoU =
    [
        ("AP50", 0),
        ("AP60", 2),
        ("AP70", 4),
        ("AP80", 6),
        ("AP90", 8),
    ];

    /// <summary>Writes the tables; a class without a name goes by its id.</summary>
    public static void Write(EvaluationResult result, IReadOnlyDictionary<long, string> classNames, TextWriter output)
    {
        output.WriteLine(
            $"{Amount.Count(result.ImageCount, "image")}, {Amount.Count(result.GroundTruthCount, "box", "boxes")}, "
                + $"{Amount.Count(result.CrowdCount, "crowd region")}, {Amount.Count(result.DetectionCount, "detection")}"
        );
        foreach ((EvaluationFigure figure, string meaning) in result.Figures.Zip(Meanings))
        {
            output.WriteLine($"  {figure.Name, -6} {Figure(figure.Value), 8}  {meaning}");
        }

        output.WriteLine();
        new TextTable()
            .Add(["IoU", .. RisingIoU.Select(threshold => threshold.Name)])
            .Add(["all", .. RisingIoU.Select(threshold => Figure(result.APByIoU[threshold.Index]))])
            .Write(output);
        output.WriteLine();
        WriteClasses(result, classNames, output);
    }

    private static void WriteClasses(
        EvaluationResult result,
        IReadOnlyDictionary<long, string> classNames,
        TextWriter output
    )
    {
        var table = new TextTable();
        table.Add("class", "AP", "AP50", "AP75", "AR100", "boxes", "detections");
        foreach (CategoryResult category in result.Categories)
        {
            string name = classNames.GetValueOrDefault(category.CategoryId, "");
            table.Add(
                name.Length == 0 ? $"id {category.CategoryId}" : name,
                Figure(category.AP),
                Figure(category.AP50),
                Figure(category.AP75),
                Figure(category.AR100),
                $"{category.GroundTruthCount}",
                $"{category.DetectionCount}"
            );
        }

        table.Write(output);
    }

    // pycocotools' -1 says that there was nothing to average over.
    private static string Figure(double value) => value < 0 ? "-" : $"{value:F6}";
}
