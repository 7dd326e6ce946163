using DynamicRcnn.Core;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>Prints an evaluation: what was found, AP by class, IoU threshold and size, scores, and COCO's figures.</summary>
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

    /// <summary>IoU 0.50, 0.75 and 0.90 in <see cref="EvaluationResult.APByIoU"/>.</summary>
    private static readonly int[] RisingIoU = [0, 5, 8];

    /// <summary>Names among <see cref="EvaluationResult.Figures"/>.</summary>
    private static readonly string[] AllSizes = ["APs", "APm", "APl", "AR100"];

    /// <summary>What was found, and the figures of each class.</summary>
    /// <param name="result">The evaluation.</param>
    /// <param name="names">Of classes; one without goes by its id.</param>
    /// <param name="output">Where they go.</param>
    public static void WriteShort(EvaluationResult result, EvaluationNames names, TextWriter output)
    {
        output.WriteLine(
            $"{Amount.Count(result.ImageCount, "image")}, {Amount.Count(result.GroundTruthCount, "box", "boxes")}, "
                + $"{Amount.Count(result.CrowdCount, "crowd region")}, {Amount.Count(result.DetectionCount, "detection")}"
        );
        output.WriteLine(Found(result.Errors));
        output.WriteLine(ScoreTable.Best(result.Scores));
        TextTable table = new TextTable()
            .Add("class", "boxes", "AP", "AP50", "AP75", "AP90", "APs", "APm", "APl", "AR100", "F1", "score")
            .Add([
                "all",
                $"{result.GroundTruthCount}",
                .. ByIoU(result.AP, result.APByIoU),
                .. AllSizes.Select(name => Short(result.Figures.First(figure => figure.Name == name).Value)),
                .. Best(result.Scores.Best),
            ]);
        foreach (CategoryResult category in result.Categories)
        {
            table.Add([
                names.ClassOf(category.CategoryId),
                $"{category.GroundTruthCount}",
                .. ByIoU(category.AP, category.APByIoU),
                Short(category.APSmall),
                Short(category.APMedium),
                Short(category.APLarge),
                Short(category.AR100),
                .. Best(category.BestScore),
            ]);
        }

        table.Write(output);
    }

    /// <summary>The same, COCO's 12 figures and Pascal VOC's, precision and recall by score, and what errors cost.</summary>
    /// <inheritdoc cref="WriteShort"/>
    public static void Write(EvaluationResult result, EvaluationNames names, TextWriter output)
    {
        WriteShort(result, names, output);
        output.WriteLine();
        foreach ((EvaluationFigure figure, string meaning) in result.Figures.Zip(Meanings))
        {
            output.WriteLine($"  {figure.Name, -6} {Figure(figure.Value), 8}  {meaning}");
        }

        output.WriteLine($"  {"VOC07", -6} {Figure(result.Voc.ElevenPoint), 8}  Pascal VOC's, IoU 0.50, 11 points");
        output.WriteLine($"  {"VOC10", -6} {Figure(result.Voc.Area), 8}  Pascal VOC's, IoU 0.50, area");
        output.WriteLine();
        ScoreTable.Write(result.Scores, output);
        output.WriteLine();
        ErrorCostTable.Write(result.ErrorCosts, output);
    }

    /// <summary>"812 of 900 boxes are found ...", and what the other detections are.</summary>
    private static string Found(ErrorAnalysis errors)
    {
        ErrorCounts counts = errors.Counts;
        int boxes = counts.Correct + counts.Class + counts.Missed;
        string wrong = counts.Class == 0 ? "" : $", {counts.Class} taken for another class";
        (int Count, string What)[] others =
        [
            (counts.Localisation, "badly placed"),
            (counts.Duplicate, "found twice"),
            (counts.Background, "on background"),
            (counts.InCrowd, "in a crowd"),
        ];
        string[] rest = [.. others.Where(each => each.Count > 0).Select(each => $"{each.Count} {each.What}")];
        return FormattableString.Invariant(
                $"at a score of {errors.Score:F2} or more and an IoU of {errors.IoU:F2}: {counts.Correct} of {Amount.Count(boxes, "box", "boxes")} found, {counts.Missed} missed{wrong}; "
            ) + (rest.Length == 0 ? "no other detection" : $"other detections: {string.Join(", ", rest)}");
    }

    private static IEnumerable<string> ByIoU(double ap, double[] byIoU) =>
        [Short(ap), .. RisingIoU.Select(index => Short(byIoU[index]))];

    /// <summary>The best F1, and the score from which on it is reached.</summary>
    private static string[] Best(ScorePoint point) => [Short(point.F1), point.Score < 0 ? "-" : $"{point.Score:F2}"];

    private static string Short(double value) => value < 0 ? "-" : $"{value:F3}";

    // pycocotools' -1 says that there was nothing to average over.
    private static string Figure(double value) => value < 0 ? "-" : $"{value:F6}";
}
