namespace DynamicRcnn.Runs;

/// <summary>The numbers of a log by name, a value for each of its iterations; NaN where a line has none.</summary>
internal sealed class LogColumns
{
    private readonly Dictionary<string, List<double>> columns = [];
    private readonly List<int> iterations = [];

    /// <summary>Ascending.</summary>
    internal IReadOnlyList<int> Iterations => iterations;

    /// <summary>The values of a name; null when no line has it.</summary>
    internal IReadOnlyList<double>? Find(string name) => columns.GetValueOrDefault(name);

    /// <summary>Adds a line. Lines from its iteration on that are there already belong to a future that did not happen.</summary>
    internal void Append(int iteration, IEnumerable<(string Name, double Value)> values)
    {
        int kept = iterations.Count;
        while (kept > 0 && iterations[kept - 1] >= iteration)
        {
            kept--;
        }
        iterations.RemoveRange(kept, iterations.Count - kept);
        iterations.Add(iteration);
        foreach (List<double> column in columns.Values)
        {
            column.RemoveRange(kept, column.Count - kept);
        }
        foreach ((string name, double value) in values)
        {
            if (!columns.TryGetValue(name, out List<double>? column))
            {
                columns.Add(name, column = [.. Enumerable.Repeat(double.NaN, kept)]);
            }
            if (column.Count == kept)
            {
                column.Add(value);
            }
        }
        foreach (List<double> column in columns.Values.Where(column => column.Count == kept))
        {
            column.Add(double.NaN);
        }
    }
}
