namespace DynamicRcnn.Training.Tests.Runs;

/// <summary>What a run's tables and events say, without what differs from run to run: times and memory.</summary>
internal static class RunFiles
{
    /// <summary>Columns of the tables.</summary>
    public static readonly string[] Changing = ["seconds", "waiting_seconds", "resident_megabytes", "live_tensors"];

    /// <summary>The scalars that TensorBoard shows, each with its step.</summary>
    public static string[] Scalars(string run) =>
        [
            .. EventFileReader
                .Shown(run)
                .SelectMany(read =>
                    read.Scalars.Where(pair => !Changing.Contains(pair.Key.Split('/')[1]))
                        .Select(pair => $"{read.Step} {pair}")
                ),
        ];

    /// <summary>The rows of metrics.csv or evaluations.csv by column.</summary>
    public static List<Dictionary<string, string>> Table(string path)
    {
        string[][] rows = [.. File.ReadLines(path).Select(line => line.Split(','))];
        return [.. rows.Skip(1).Select(row => rows[0].Zip(row).ToDictionary(cell => cell.First, cell => cell.Second))];
    }

    /// <summary>The rows of a table, each as one text.</summary>
    public static string[] Rows(string path) =>
        [.. Table(path).Select(row => string.Join(',', row.Where(cell => !Changing.Contains(cell.Key))))];
}
