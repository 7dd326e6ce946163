using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;

namespace DynamicRcnn.Cli;

/// <summary>A detector in an ONNX file that <c>--checkpoint</c> names. What it computes is in the file: no configuration goes with it.</summary>
internal static class OnnxArgument
{
    public static bool Is(string checkpoint) => checkpoint.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>What the options say of the run and the data, checked as for a checkpoint; the rest of it means nothing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="choice">What the command line says of the configuration.</param>
    /// <param name="classes">What it says of the classes.</param>
    /// <exception cref="UsageException">An option is not valid, or would change what the file computes.</exception>
    public static Config ConfigOf(string path, ConfigChoice choice, string? classes)
    {
        string? option =
            classes is not null ? "--classes"
            : choice.Preset is not null ? "--preset"
            : choice.Files.Length > 0 ? "--config"
            : choice.Sets.Any(set => !set.StartsWith("data.", StringComparison.Ordinal)) ? "--set"
            : choice.Options.FirstOrDefault(given => !IsOutside(given.Path))?.Option;
        if (option is not null)
        {
            throw new UsageException([
                $"{path}: an ONNX file has its configuration and its classes in it; leave {option} out, or give it to drcnn export",
            ]);
        }
        ConfigSources given = new(Presets.Small.Name, [], choice.Sets, choice.Options);
        Config config = Configuration.Require(ConfigText.Resolve(given)).Config;
        return config.Run.Device.StartsWith("cuda", StringComparison.Ordinal)
            ? throw new UsageException([$"{path}: an ONNX file runs on the CPU here; got --device {config.Run.Device}"])
            : config;
    }

    /// <summary>Whether a field says nothing of what the file computes.</summary>
    private static bool IsOutside(string field) =>
        field is "run.threads" or "run.device" or "model.roiHead.scoreThreshold"
        || field.StartsWith("data.", StringComparison.Ordinal);
}
