using DynamicRcnn.Core;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>Prints an evaluation: the 12 figures, Pascal VOC's, AP at rising IoU thresholds and by size for each class, and the errors.</summary>
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
        ("AP75", 5),
        ("AP80", 6),
        ("AP90", 8),
    ];

    /// <summary>Writes the tables; a class without a name goes by its id.</summary>
    public static void Write(EvaluationResult result, EvaluationNames names, TextWriter output)
    {
        output.WriteLine(
            $"{Amount.Count(result.ImageCount, "image")}, {Amount.Count(result.GroundTruthCount, "box", "boxes")}, "
                + $"{Amount.Count(result.CrowdCount, "crowd region")}, {Amount.Count(result.DetectionCount, "detection")}"
        );
        foreach ((EvaluationFigure figure, string meaning) in result.Figures.Zip(Meanings))
        {
            output.WriteLine($"  {figure.Name, -6} {Figure(figure.Value), 8}  {meaning}");
        }

        output.WriteLine($"  {"VOC07", -6} {Figure(result.Voc.ElevenPoint), 8}  Pascal VOC's, IoU 0.50, 11 points");
        output.WriteLine($"  {"VOC10", -6} {Figure(result.Voc.Area), 8}  Pascal VOC's, IoU 0.50, area");
        output.WriteLine();
        WriteByIoU(result, names, output);
        output.WriteLine();
        WriteClasses(result, names, output);
        output.WriteLine();
        WriteErrors(result.Errors, output);
    }

    private static void WriteByIoU(EvaluationResult result, EvaluationNames names, TextWriter output)
    {
        TextTable table = new TextTable()
            .Add(["IoU", "AP", .. RisingIoU.Select(threshold => threshold.Name)])
            .Add(["all", Figure(result.AP), .. Rising(result.APByIoU)]);
        foreach (CategoryResult category in result.Categories)
        {
            table.Add([names.ClassOf(category.CategoryId), Figure(category.AP), .. Rising(category.APByIoU)]);
        }

        table.Write(output);
    }

    private static IEnumerable<string> Rising(double[] byIoU) =>
        RisingIoU.Select(threshold => Figure(byIoU[threshold.Index]));

    private static void WriteClasses(EvaluationResult result, EvaluationNames names, TextWriter output)
    {
        TextTable table = new TextTable().Add(
            "class",
            "APs",
            "APm",
            "APl",
            "AR100",
            "VOC07",
            "VOC10",
            "boxes",
            "detections"
        );
        foreach (CategoryResult category in result.Categories)
        {
            table.Add(
                names.ClassOf(category.CategoryId),
                Figure(category.APSmall),
                Figure(category.APMedium),
                Figure(category.APLarge),
                Figure(category.AR100),
                Figure(category.Voc.ElevenPoint),
                Figure(category.Voc.Area),
                $"{category.GroundTruthCount}",
                $"{category.DetectionCount}"
            );
        }

        table.Write(output);
    }

    private static void WriteErrors(ErrorAnalysis errors, TextWriter output)
    {
        ErrorCounts counts = errors.Counts;
        output.WriteLine(
            FormattableString.Invariant(
                $"of the detections with a score of {errors.Score:F2} or more, at IoU {errors.IoU:F2}:"
            )
        );
        new TextTable()
            .Add("correct", "localisation", "class", "duplicate", "background", "in crowd", "missed")
            .Add(
                $"{counts.Correct}",
                $"{counts.Localisation}",
                $"{counts.Class}",
                $"{counts.Duplicate}",
                $"{counts.Background}",
                $"{counts.InCrowd}",
                $"{counts.Missed}"
            )
            .Write(output);
    }

    // pycocotools' -1 says that there was nothing to average over.
    private static string Figure(double value) => value < 0 ? "-" : $"{value:F6}";
}
