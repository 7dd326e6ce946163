using DynamicRcnn.Core;

namespace DynamicRcnn.Cli;

/// <summary>Prints precision, recall and F1 by the lowest score that counts.</summary>
internal static class ScoreTable
{
    /// <summary>Every tenth of the curve's hundredths, without the ends.</summary>
    private const int Step = 10;

    /// <summary>"best F1 0.912 at a score of 0.62 or more ..."; nothing is right: a sentence that says so.</summary>
    public static string Best(ScoreCurve scores) =>
        scores.Best.Score < 0
            ? "no score has an F1 of more than 0: nothing is found at IoU 0.50"
            : $"best F1 {scores.Best.F1:F3} at a score of {scores.Best.Score:F2} or more: precision {scores.Best.Precision:F3}, recall {scores.Best.Recall:F3} (IoU 0.50)";

    /// <summary>A row for each tenth.</summary>
    public static void Write(ScoreCurve scores, TextWriter output)
    {
        TextTable table = new TextTable().Add("score", "precision", "recall", "F1");
        for (int place = Step; place < scores.Points.Length - 1; place += Step)
        {
            ScorePoint point = scores.Points[place];
            table.Add($"{point.Score:F2}", Short(point.Precision), Short(point.Recall), Short(point.F1));
        }
        table.Write(output);
    }

    private static string Short(double value) => value < 0 ? "-" : $"{value:F3}";
}
