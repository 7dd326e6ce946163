using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Cli.Tests.Export;

/// <summary>Checkpoints of narrow detectors with random weights that find many objects in anything.</summary>
internal static class RandomDetector
{
    private static readonly string[] Narrow =
    [
        .. new[] { "model.fpn.channels=16", "model.roiHead.hiddenUnits=32", "model.backbone.stemChannels=8" },
        .. new[] { "model.rpn.preNmsTest=200", "model.rpn.postNmsTest=60", "model.roiHead.detectionsPerImage=40" },
        .. new[] { "data.evaluationShortSide=128", "data.evaluationMaxSide=224", "run.threads=1" },
    ];

    /// <summary>Writes one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="preset">Whose structure and conventions it has.</param>
    /// <param name="sets">Fields that differ, each <c>path=value</c>.</param>
    public static void Write(string path, string preset, params string[] sets) =>
        Write(path, preset, evaluated: null, sets);

    /// <summary>Writes one that was evaluated with a result.</summary>
    public static void Write(string path, string preset, EvaluationResult? evaluated, params string[] sets) =>
        Save(path, preset, [new(3, "disc"), new(7, "it's"), new(9, "ring")], evaluated, sets);

    /// <summary>Writes one of other classes.</summary>
    public static void Write(string path, string preset, ClassName[] classes, params string[] sets) =>
        Save(path, preset, classes, evaluated: null, sets);

    private static void Save(
        string path,
        string preset,
        ClassName[] classes,
        EvaluationResult? evaluated,
        string[] sets
    )
    {
        ResolvedConfig config = ConfigText
            .Resolve(
                new ConfigSources(
                    preset,
                    [],
                    [.. Narrow.Where(own => !sets.Any(set => Path(set) == Path(own))), .. sets],
                    []
                )
            )
            .Value;
        using Detector detector = new(config.Config.Model, classes.Length);
        using (torch.no_grad())
        {
            Draw(detector, config.Config.Model.Backbone.Std[0]);
        }
        TrainingState state = TrainingState.Initial(config.Config, []);
        if (evaluated is not null)
        {
            long[] ids = [.. classes.Select(name => name.Id)];
            state = state.WithEvaluation(evaluated.AP, CocoEvaluation.Thresholds(evaluated, ids));
        }
        Checkpoint checkpoint = new(state, classes, ConfigText.Write(config));
        CheckpointFile.Save(path, detector, new Dictionary<string, torch.Tensor>(), average: null, checkpoint);
    }

    private static string Path(string set) => set.Split('=')[0];

    private static void Draw(Detector detector, double inputStd)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Generator generator = new(5);
        foreach ((string name, torch.Tensor values) in detector.state_dict())
        {
            torch.Tensor drawn = torch.randn(values.shape, generator: generator);
            torch.Tensor wanted =
                name.EndsWith("running_var", StringComparison.Ordinal) ? (drawn * 0.3).exp()
                : values.dim() > 1 ? drawn * Std(name, values, inputStd)
                : name.EndsWith("weight", StringComparison.Ordinal) ? (drawn * 0.3).exp() * Gain(name)
                : drawn * 0.1;
            values.copy_(wanted);
        }
    }

    /// <summary>He's, but less where boxes are moved.</summary>
    private static double Std(string name, torch.Tensor values, double inputStd)
    {
        double he = Math.Sqrt(2.0 / (values.numel() / (double)values.shape[0]));
        return name switch
        {
            "backbone.conv1.weight" => he * inputStd / 60, // levels that are not divided are large
            "rpn.deltas.weight" => 0.05 * he,
            _ when name.StartsWith("roi_head.", StringComparison.Ordinal)
                    && name.EndsWith("deltas.weight", StringComparison.Ordinal) => 0.2 * he,
            _ when name.Contains("conv_offset", StringComparison.Ordinal) => 0.3 * he,
            _ => he,
        };
    }

    /// <summary>Little for what a block adds to its input, so that the sum of all blocks stays small.</summary>
    private static double Gain(string name) =>
        name.Contains("bn3", StringComparison.Ordinal) || name.Contains("bn2", StringComparison.Ordinal) ? 0.3 : 1;
}
