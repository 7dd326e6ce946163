using DynamicRcnn.Runs;

namespace DynamicRcnn.Report;

/// <summary>A run's folder, read as far as it is written; <see cref="Update"/> takes in what was added since.</summary>
public sealed class RunSource
{
    private readonly RunFolder folder;
    private readonly SortedDictionary<int, EvaluationFile> evaluations = [];
    private readonly List<StatisticsReader> statistics;
    private DateTime configWritten;
    private DateTime environmentWritten;

    private RunSource(RunFolder folder, string name)
    {
        this.folder = folder;
        Name = name;
        Log = new LogReader(folder.LogPath);
        statistics = [new StatisticsReader(folder.StatisticsPath)];
    }

    /// <summary>What the report calls the run.</summary>
    public string Name { get; }

    internal LogReader Log { get; }

    /// <summary>Of the box head, or of each stage of a cascade.</summary>
    internal IReadOnlyList<StatisticsReader> Statistics => statistics;

    internal IReadOnlyList<ConfigRow> Config { get; private set; } = [];

    internal IReadOnlyList<RunSession> Sessions { get; private set; } = [];

    internal Panel? Panel { get; private set; }

    /// <summary>By iteration; those after the log's last iteration belong to a future that did not happen.</summary>
    internal IReadOnlyList<EvaluationFile> Evaluations =>
        [.. evaluations.Values.Where(evaluation => evaluation.Iteration <= Iteration)];

    /// <summary>The last iteration in the log; 0 before the first.</summary>
    internal int Iteration => Log.Steps.Iterations is [.., int last] ? last : 0;

    /// <summary>Where the small copies of the panel's images lie.</summary>
    internal string PanelFolder => folder.PanelFolder;

    /// <summary>Opens runs by their folders. Folders of the same name are told apart by the folders around them.</summary>
    /// <exception cref="RunException">A folder holds no run, or one is named twice.</exception>
    public static IReadOnlyList<RunSource> Open(IReadOnlyList<string> roots)
    {
        string[] full = [.. roots.Select(root => Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)))];
        if (full.GroupBy(path => path).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new RunException($"{twice.Key}: the run is named twice; expected each once.", RunFault.Request);
        }
        string[] names = RunNames.Shortest(full);
        RunSource[] sources = [.. roots.Zip(names, (root, name) => new RunSource(RunFolder.Read(root), name))];
        foreach (RunSource source in sources)
        {
            source.Update();
        }
        return sources;
    }

    /// <summary>Reads what is new.</summary>
    /// <returns>Whether anything is.</returns>
    /// <exception cref="RunException">A file of the run is damaged.</exception>
    public bool Update()
    {
        while (File.Exists(folder.StatisticsOf(statistics.Count)))
        {
            statistics.Add(new StatisticsReader(folder.StatisticsOf(statistics.Count)));
        }
        bool changed = Log.Update();
        foreach (StatisticsReader stage in statistics)
        {
            changed |= stage.Update();
        }
        if (Changed(folder.ConfigPath, ref configWritten))
        {
            Config = ConfigRow.Read(folder);
            changed = true;
        }
        if (Changed(folder.EnvironmentPath, ref environmentWritten))
        {
            Sessions = EnvironmentFile.Read(folder);
            changed = true;
        }
        if (Panel is null && PanelJson.Read(folder) is { } panel)
        {
            Panel = panel;
            changed = true;
        }
        return UpdateEvaluations() || changed;
    }

    // The panel's file of an evaluation comes after the evaluation's own.
    private bool UpdateEvaluations()
    {
        Dictionary<int, string> panels = folder
            .PanelEvaluations()
            .ToDictionary(entry => entry.Iteration, entry => entry.Path);
        bool changed = false;
        foreach ((int iteration, string path) in folder.Evaluations())
        {
            string? panel = panels.GetValueOrDefault(iteration);
            bool known = evaluations.TryGetValue(iteration, out EvaluationFile? before);
            if (!known || before!.PanelPath != panel || before.Written != File.GetLastWriteTimeUtc(path))
            {
                evaluations[iteration] = EvaluationFile.Read(iteration, path, panel);
                changed = true;
            }
        }
        return changed;
    }

    private static bool Changed(string path, ref DateTime known)
    {
        DateTime written = File.Exists(path) ? File.GetLastWriteTimeUtc(path) : default;
        bool changed = written != known;
        known = written;
        return changed;
    }
}
