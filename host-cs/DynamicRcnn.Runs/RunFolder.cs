using System.Globalization;

namespace DynamicRcnn.Runs;

/// <summary>The files of a run: config.json, data.json, log.jsonl, statistics.bin, checkpoints/, evaluation/, panel/.</summary>
public sealed class RunFolder
{
    private const string CheckpointPrefix = "iteration-";
    private const string CheckpointSuffix = ".safetensors";
    private const string EvaluationSuffix = ".json";
    private const string PanelSuffix = "panel.json";
    private const string EventsName = "events.out.tfevents.drcnn";
    private readonly string checkpoints;

    private RunFolder(string root)
    {
        Root = root;
        checkpoints = Path.Combine(root, "checkpoints");
    }

    /// <summary>The folder itself.</summary>
    public string Root { get; }

    /// <summary>Every value of the configuration and where it came from.</summary>
    public string ConfigPath => Path.Combine(Root, "config.json");

    /// <summary>Where the run was started and resumed.</summary>
    public string EnvironmentPath => Path.Combine(Root, "environment.json");

    /// <summary>What the data were that the run was started with.</summary>
    public string DataPath => Path.Combine(Root, "data.json");

    /// <summary>One line an iteration.</summary>
    public string LogPath => Path.Combine(Root, "log.jsonl");

    /// <summary>The numbers of the iterations, for spreadsheets.</summary>
    public string MetricsPath => Path.Combine(Root, "metrics.csv");

    /// <summary>The figures of the evaluations, for spreadsheets.</summary>
    public string EvaluationsPath => Path.Combine(Root, "evaluations.csv");

    /// <summary>The statistics of every iteration, at every rank of the grid.</summary>
    public string StatisticsPath => Path.Combine(Root, "statistics.bin");

    /// <summary>The same of a cascade's stage, from 0, which is <see cref="StatisticsPath"/>: then statistics-2.bin and so on.</summary>
    public string StatisticsOf(int stage) =>
        stage == 0 ? StatisticsPath : Path.Combine(Root, $"statistics-{stage + 1}.bin");

    /// <summary>The panel: a fixed set of validation images, small, for the report.</summary>
    public string PanelFolder => Path.Combine(Root, "panel");

    /// <summary>Which images the panel holds, and their ground truth.</summary>
    public string PanelImagesPath => Path.Combine(PanelFolder, "images.json");

    /// <summary>The checkpoint with the best AP on the validation split.</summary>
    public string BestCheckpoint => Path.Combine(checkpoints, "best" + CheckpointSuffix);

    /// <summary>The latest checkpoint; null before the first.</summary>
    public string? LastCheckpoint => Numbered().LastOrDefault() is { Path: { } path } ? path : null;

    /// <summary>Iterations that the latest checkpoint has; null before the first.</summary>
    public int? LastIteration => Numbered().LastOrDefault() is { Path: not null } last ? last.Iteration : null;

    /// <summary>The folder of a new run, not made yet: <see cref="Make"/> does.</summary>
    /// <exception cref="RunException">There is something in it already.</exception>
    public static RunFolder Unused(string root)
    {
        if (File.Exists(root) || (Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any()))
        {
            throw new RunException(
                $"{root}: there is something already; choose another --out, or add --resume to go on.",
                RunFault.Request
            );
        }
        return new RunFolder(root);
    }

    /// <summary>The folder of a run that another process keeps, perhaps on another machine; nothing is looked at.</summary>
    internal static RunFolder OfAnother(string root) => new(root);

    /// <summary>Makes the folder on the disk.</summary>
    public void Make() => Directory.CreateDirectory(checkpoints);

    /// <summary>Opens the folder of a run that goes on.</summary>
    /// <exception cref="RunException">There is no run with a checkpoint.</exception>
    public static RunFolder Open(string root)
    {
        RunFolder folder = new(root);
        if (!File.Exists(folder.ConfigPath))
        {
            throw new RunException($"{root}: there is no run to resume; expected its config.json.");
        }
        return folder.LastCheckpoint is null
            ? throw new RunException($"{root}: the run has no checkpoint yet; start it anew in another folder.")
            : folder;
    }

    /// <summary>Opens the folder of a run to look at what it has recorded.</summary>
    /// <exception cref="RunException">There is no run.</exception>
    public static RunFolder Read(string root) =>
        Find(root) ?? throw new RunException($"{root}: there is no run; expected a folder with a config.json.");

    /// <summary>The folder of a run; null where there is none.</summary>
    public static RunFolder? Find(string root)
    {
        RunFolder folder = new(root);
        return File.Exists(folder.ConfigPath) ? folder : null;
    }

    /// <summary>The detector of a run, or the file itself: the best checkpoint of a folder, or its last one.</summary>
    /// <exception cref="RunException">There is no such file, and no run with a checkpoint.</exception>
    public static string FindCheckpoint(string path)
    {
        if (File.Exists(path))
        {
            return path;
        }
        RunFolder folder = new(path);
        return File.Exists(folder.BestCheckpoint)
            ? folder.BestCheckpoint
            : folder.LastCheckpoint
                ?? throw new RunException($"{path}: expected a checkpoint file or the folder of a run that has one.");
    }

    /// <summary>Where the checkpoint of an iteration goes.</summary>
    public string CheckpointOf(int iteration) =>
        Path.Combine(checkpoints, $"{CheckpointPrefix}{iteration:D7}{CheckpointSuffix}");

    /// <summary>Where the evaluation of an iteration goes.</summary>
    public string EvaluationOf(int iteration)
    {
        string folder = Path.Combine(Root, "evaluation");
        Directory.CreateDirectory(folder);
        return Path.Combine(folder, $"{CheckpointPrefix}{iteration:D7}{EvaluationSuffix}");
    }

    /// <summary>Where the boxes go that the evaluation of an iteration found in the panel's images.</summary>
    public string PanelOf(int iteration) => Path.ChangeExtension(EvaluationOf(iteration), PanelSuffix);

    /// <summary>Where the events after an iteration go. TensorBoard asks for "tfevents" in the name, and reads files in the order of their names.</summary>
    internal string EventsOf(int iteration) =>
        Path.Combine(Root, iteration == 0 ? EventsName : $"{EventsName}.{iteration:D7}");

    /// <summary>The event files, one for each time that the run was started or resumed.</summary>
    internal string[] EventFiles() => Directory.GetFileSystemEntries(Root, EventsName + "*");

    /// <summary>The evaluations, by iteration.</summary>
    public IEnumerable<(int Iteration, string Path)> Evaluations() =>
        Numbered(Path.Combine(Root, "evaluation"), EvaluationSuffix);

    /// <summary>The panel's boxes of each evaluation, by iteration.</summary>
    public IEnumerable<(int Iteration, string Path)> PanelEvaluations() =>
        Numbered(Path.Combine(Root, "evaluation"), "." + PanelSuffix);

    /// <summary>Passes when no file that the run adds to is a link: a stranger's folder cannot have it write elsewhere.</summary>
    /// <exception cref="RunException">One is.</exception>
    internal void RequireOwnFiles()
    {
        string[] files =
        [
            LogPath,
            MetricsPath,
            EvaluationsPath,
            .. Directory.EnumerateFiles(Root, "statistics*.bin"),
            .. EventFiles(),
        ];
        if (files.FirstOrDefault(path => new FileInfo(path).LinkTarget is not null) is { } link)
        {
            throw new RunException(
                $"{link}: this is a link, expected a file of the run's own; replace it by what it leads to"
            );
        }
    }

    /// <summary>Removes what killed processes left of files that they were writing; this one has the run to itself.</summary>
    internal void RemoveUnfinished()
    {
        foreach (string folder in new[] { Root, checkpoints, Path.Combine(Root, "evaluation"), PanelFolder })
        {
            if (Directory.Exists(folder))
            {
                AtomicFile.RemoveUnfinished(folder);
            }
        }
    }

    /// <summary>Removes the oldest numbered checkpoints.</summary>
    /// <param name="keep">How many stay beside the last.</param>
    public void Prune(int keep)
    {
        foreach ((int _, string path) in Numbered().SkipLast(keep + 1))
        {
            File.Delete(path);
        }
    }

    private IEnumerable<(int Iteration, string Path)> Numbered() => Numbered(checkpoints, CheckpointSuffix);

    private static IEnumerable<(int Iteration, string Path)> Numbered(string folder, string suffix) =>
        !Directory.Exists(folder)
            ? []
            : Directory
                .EnumerateFiles(folder, CheckpointPrefix + "*" + suffix)
                .Select(path =>
                {
                    string digits = Path.GetFileName(path)[CheckpointPrefix.Length..^suffix.Length];
                    bool known = int.TryParse(
                        digits,
                        NumberStyles.None,
                        CultureInfo.InvariantCulture,
                        out int iteration
                    );
                    return (known ? iteration : -1, path);
                })
                .Where(entry => entry.Item1 >= 0)
                .OrderBy(entry => entry.Item1);
}
