using DynamicRcnn.Core;
using DynamicRcnn.Training;

namespace DynamicRcnn.Cli;

/// <summary>Reads configuration files and turns problems into a refusal.</summary>
internal static class Configuration
{
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ConfigLayer[] Layers(IEnumerable<string> files) =>
        [.. files.Select(file => new ConfigLayer(file, File.ReadAllText(file)))];

    /// <summary>The value, or a refusal with every problem.</summary>
    /// <exception cref="UsageException">There is a problem.</exception>
    public static T Require<T>(Parsed<T> parsed) =>
        parsed.IsOk ? parsed.Value : throw new UsageException(parsed.Problems);

    /// <summary>A checkpoint's configuration with what the command line changes.</summary>
    /// <exception cref="RunException">The checkpoint has none.</exception>
    /// <exception cref="UsageException">The change is not valid.</exception>
    public static Config OfCheckpoint(string path, Checkpoint checkpoint, ConfigSources changes) =>
        checkpoint.ConfigJson.Length == 0
            ? throw new RunException(
                $"{path}: the checkpoint has no configuration; expected one that drcnn train wrote."
            )
            : Require(ConfigApi.Adjust(new ConfigLayer(path, checkpoint.ConfigJson), changes)).Config;
}
