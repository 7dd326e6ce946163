namespace DynamicRcnn.Cli;

/// <summary>Curves drawn with letters.</summary>
internal static class CurveDrawing
{
    private const int Rows = 12;
    private const int LabelWidth = 8;
    private const int LeastColumns = 20;
    private const int MostColumns = 120;

    /// <param name="title">Above the drawing.</param>
    /// <param name="curves">Each a mark and the values at iteration 1, 2, ...; a later curve covers an earlier one.</param>
    /// <param name="columns">Width of the terminal.</param>
    /// <param name="output">Where to draw.</param>
    public static void Write(
        string title,
        IReadOnlyList<(char Mark, double[] Values)> curves,
        int columns,
        TextWriter output
    )
    {
        output.WriteLine(title);
        int longest = curves.Max(curve => curve.Values.Length);
        if (longest == 0)
        {
            output.WriteLine("  nothing was recorded");
            return;
        }
        int width = Math.Clamp(columns - LabelWidth - 4, LeastColumns, MostColumns);
        double low = curves.Min(curve => curve.Values.DefaultIfEmpty(double.MaxValue).Min());
        double high = curves.Max(curve => curve.Values.DefaultIfEmpty(double.MinValue).Max());
        char[][] grid = [.. Enumerable.Range(0, Rows).Select(_ => new string(' ', width).ToCharArray())];
        foreach ((char mark, double[] values) in curves)
        {
            for (int column = 0; column < width; column++)
            {
                long place = width == 1 ? 0 : (long)column * (longest - 1) / (width - 1);
                if (place < values.Length)
                {
                    grid[Row(values[place], low, high)][column] = mark;
                }
            }
        }
        for (int row = 0; row < Rows; row++)
        {
            // A flat curve has one value to name, not a scale.
            double value = high - ((high - low) * row / (Rows - 1));
            string label = high > low || row == Row(low, low, high) ? $"{value:F3}" : "";
            output.WriteLine($"{label, LabelWidth} | {new string(grid[row])}".TrimEnd());
        }
        output.WriteLine($"{"", LabelWidth} +{new string('-', width + 1)}");
        string last = $"iteration {longest}";
        output.WriteLine($"{"", LabelWidth}   1{last.PadLeft(width - 1)}");
    }

    private static int Row(double value, double low, double high) =>
        high > low ? (int)Math.Round((high - value) / (high - low) * (Rows - 1)) : Rows - 1;
}
