using DynamicRcnn.Core;

namespace DynamicRcnn.Cli;

/// <summary>Prints what mending each kind of error would win.</summary>
internal static class ErrorCostTable
{
    public static void Write(ErrorCosts costs, TextWriter output)
    {
        (string What, ErrorCost Cost)[] rows =
        [
            ("class", costs.Class),
            ("box too far off", costs.Localisation),
            ("class and box", costs.ClassAndLocalisation),
            ("found twice", costs.Duplicate),
            ("on background", costs.Background),
            ("missed", costs.Missed),
            ("all false positives", costs.FalsePositives),
            ("all misses", costs.FalseNegatives),
        ];
        TextTable table = new TextTable().Add("mended errors (TIDE; all scores, IoU 0.50)", "errors", "AP50 won");
        foreach ((string what, ErrorCost cost) in rows)
            table.Add(what, $"{cost.Count}", $"{cost.AP:F3}");
        table.Write(output);
    }
}
