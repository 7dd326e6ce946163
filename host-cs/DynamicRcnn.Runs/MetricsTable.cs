using System.Globalization;

namespace DynamicRcnn.Runs;

/// <summary>A table of comma-separated values for spreadsheets: a row an iteration, or a row an evaluation. An empty cell: not measured.</summary>
internal sealed class MetricsTable : IDisposable
{
    private readonly string[] columns;
    private readonly StreamWriter writer;

    private MetricsTable(string path, string[] columns)
    {
        this.columns = columns;
        bool begins = new FileInfo(path) is not { Exists: true, Length: > 0 };
        writer = new StreamWriter(path, append: true) { AutoFlush = true };
        if (begins)
        {
            writer.WriteLine(Header(columns));
        }
    }

    /// <summary>
    /// Starts or continues a table; rows after the iteration belong to a future that did not happen. One from before the last columns were
    /// recorded gets them, empty so far.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">Names of the values beside the iteration.</param>
    /// <param name="iteration">Rows up to it are kept.</param>
    internal static MetricsTable Open(string path, string[] columns, int iteration)
    {
        string header = Header(columns);
        string first = File.Exists(path) ? File.ReadLines(path).FirstOrDefault("") : "";
        int known = header.StartsWith(first + ",", StringComparison.Ordinal) ? first.Count(',') : columns.Length;
        string empty = new(',', columns.Length - known);
        TextLines.Keep(
            path,
            line =>
                line == first && header.StartsWith(line, StringComparison.Ordinal) ? header
                : IterationOf(line, known) is { } at && at <= iteration ? line + empty
                : null
        );
        return new MetricsTable(path, columns);
    }

    /// <summary>Adds a row; values of other names are left out.</summary>
    internal void Append(int iteration, IEnumerable<RecordedValue> values)
    {
        Dictionary<string, double> byName = values.ToDictionary(value => value.Name, value => value.Value);
        IEnumerable<string> cells = columns.Select(name =>
            byName.TryGetValue(name, out double value) ? value.ToString("R", CultureInfo.InvariantCulture) : ""
        );
        writer.WriteLine(string.Join(',', cells.Prepend(iteration.ToString(CultureInfo.InvariantCulture))));
    }

    public void Dispose() => writer.Dispose();

    private static string Header(string[] columns) => string.Join(',', columns.Prepend("iteration"));

    // A row that a full disk or a kill cut short has too few cells, or the iteration that was not saved.
    private static int? IterationOf(string line, int columns)
    {
        string[] cells = line.Split(',');
        return
            cells.Length == columns + 1
            && int.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out int iteration)
            ? iteration
            : null;
    }
}
