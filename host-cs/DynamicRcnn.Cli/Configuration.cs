using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Cli;

/// <summary>Reads configuration files and turns problems into a refusal.</summary>
internal static class Configuration
{
    /// <summary>What the configuration is made from, with the text of the files that are named.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ConfigSources Sources(ConfigChoice choice) =>
        choice.Sources([.. choice.Files.Select(file => new ConfigLayer(file, File.ReadAllText(file)))]);

    /// <summary>The same with one field set as by an option.</summary>
    public static ConfigSources With(ConfigSources sources, string option, string path, ConfigValue value) =>
        new(sources.Preset, sources.Layers, sources.Sets, [.. sources.Options, new OptionValue(option, path, value)]);

    /// <summary>The same with full paths of the data, wherever the first were given.</summary>
    /// <exception cref="DataException">A split that is named by hand is not there, or may be two things.</exception>
    public static ConfigSources WithRootedData(ConfigSources sources, DataConfig data)
    {
        DatasetSource rooted = DatasetReader.Rooted(DatasetSource.Of(data));
        (string Option, string Was, string Is)[] paths =
        [
            ("--data", data.Path, rooted.Path),
            ("--train", data.Train, rooted.Train),
            ("--val", data.Val, rooted.Val),
            ("--test", data.Test, rooted.Test),
        ];
        return paths
            .Where(path => path.Was != path.Is)
            .Aggregate(sources, (changed, path) => WithPath(changed, path.Option, path.Is));
    }

    /// <summary>A run's configuration, whose folder keeps the paths of the data and may be resumed from anywhere.</summary>
    /// <exception cref="UsageException">It is not valid.</exception>
    /// <exception cref="DataException">A split that is named by hand is not there, or may be two things.</exception>
    public static ResolvedConfig ResolveRooted(
        ConfigSources sources,
        Func<ConfigSources, Parsed<ResolvedConfig>> resolve
    )
    {
        ResolvedConfig resolved = Require(resolve(sources));
        ConfigSources rooted = WithRootedData(sources, resolved.Config.Data);
        return ReferenceEquals(rooted, sources) ? resolved : Require(resolve(rooted));
    }

    /// <summary>Passes where the data that a run remembers are still there.</summary>
    /// <param name="path">Theirs.</param>
    /// <param name="isOfRun">Whether the run named them, and not the command line.</param>
    /// <exception cref="DataException">They are not; the sentence says what to do.</exception>
    public static void RequireThere(string path, bool isOfRun)
    {
        if (isOfRun && path.Length > 0 && !Path.Exists(path))
        {
            throw new DataException(
                $"{path}: there is no such folder or file, and the run's data were there; name their new place with --data PATH."
            );
        }
    }

    private static ConfigSources WithPath(ConfigSources sources, string option, string value)
    {
        string field = option == "--data" ? "data.path" : $"data.{option[2..]}";
        string set = $"{field}=";
        OptionValue[] options =
        [
            .. sources.Options.Select(given =>
                given.Path == field ? new OptionValue(given.Option, field, ConfigValue.NewText(value)) : given
            ),
        ];
        string[] sets =
        [
            .. sources.Sets.Select(text => text.StartsWith(set, StringComparison.Ordinal) ? set + value : text),
        ];
        bool isThere = options.Any(given => given.Path == field) || sets.Contains(set + value);
        ConfigSources changed = new(sources.Preset, sources.Layers, sets, options);
        return isThere ? changed : With(changed, option, field, ConfigValue.NewText(value));
    }

    /// <summary>The value, or a refusal with every problem.</summary>
    /// <exception cref="UsageException">There is a problem.</exception>
    public static T Require<T>(Parsed<T> parsed) =>
        parsed.IsOk ? parsed.Value : throw new UsageException(parsed.Problems);

    /// <summary>The configuration of a detector: a checkpoint's own, with what the command line changes, or what is given for another program's file.</summary>
    /// <param name="file">The detector.</param>
    /// <param name="choice">What the command line says.</param>
    /// <exception cref="UsageException">There is none, there are two, or it is not valid.</exception>
    public static ResolvedConfig Of(DetectorFile file, ConfigChoice choice)
    {
        if (Recorded(file) is { } recorded)
        {
            return choice.NamesOne
                ? throw new UsageException([
                    $"{file.Path}: the checkpoint has its own configuration; leave --preset and --config out, --set changes it",
                ])
                : Require(ConfigText.Adjust(Require(ConfigText.ReadBack(recorded)), Sources(choice)));
        }

        return choice.NamesOne
            ? Require(ConfigText.Resolve(Sources(choice)))
            : throw new UsageException([
                $"{file.Path}: the file has no configuration; give the one of its training by --preset NAME or --config FILE (drcnn presets lists the presets)",
            ]);
    }

    /// <summary>What a checkpoint says of its configuration; null for a file without one.</summary>
    public static ConfigLayer? Recorded(DetectorFile file) =>
        file.Checkpoint is { ConfigJson: { Length: > 0 } json } ? new ConfigLayer(file.Path, json) : null;
}
