namespace DynamicRcnn.Cli;

/// <summary>Rows of text in aligned columns: the first column to the left, the others to the right.</summary>
internal sealed class TextTable
{
    private const string Gap = "  ";
    private readonly List<string[]> rows = [];

    /// <summary>Adds a row; rows may differ in length.</summary>
    public TextTable Add(params string[] cells)
    {
        rows.Add(cells);
        return this;
    }

    /// <summary>Writes the rows, each behind <paramref name="indent"/> spaces.</summary>
    public void Write(TextWriter output, int indent = 2)
    {
        int columns = rows.Count == 0 ? 0 : rows.Max(row => row.Length);
        int[] widths =
        [
            .. Enumerable
                .Range(0, columns)
                .Select(column => rows.Where(row => column < row.Length).Max(row => row[column].Length)),
        ];
        foreach (string[] row in rows)
        {
            IEnumerable<string> cells = row.Select(
                (cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column])
            );
            output.WriteLine((new string(' ', indent) + string.Join(Gap, cells)).TrimEnd());
        }
    }

    /// <summary>Writes the rows as a table of Markdown, the first of which has the headings.</summary>
    public void WriteMarkdown(TextWriter output)
    {
        for (int place = 0; place < rows.Count; place++)
        {
            output.WriteLine($"| {string.Join(" | ", rows[place])} |");
            if (place == 0)
            {
                output.WriteLine($"|{string.Concat(rows[0].Select(_ => "---|"))}");
            }
        }
    }
}
