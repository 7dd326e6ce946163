using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests;

public static class PresetTests
{
    private const int Height = 64;
    private const int Width = 96;
    private const int Classes = 2;

    /// <summary>The first preset of each model and rule; longer runs, and baselines whose setting only stays, make the same step.</summary>
    public static TheoryData<string> Names =>
        [
            .. Presets
                .All.DistinctBy(preset => (preset.Config.Model, preset.Config.Dynamic.Rule))
                .Select(preset => preset.Name),
        ];

    [Theory]
    [MemberData(nameof(Names))]
    public static void Every_preset_builds_and_takes_a_training_step_on_the_CPU(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Config config = Presets.TryFind(name).ResultValue.Config;
        torch.manual_seed(1);
        using Detector detector = new(config.Model, Classes);
        (string name, Parameter parameter)[] trained =
        [
            .. detector.named_parameters().Where(entry => entry.parameter.requires_grad),
        ];
        using Sgd optimizer = new(trained.Select(entry => (entry.name, entry.parameter)), config.Solver);
        TrainingState state = TrainingState.Initial(config, []);
        TrainStep step = new(detector, optimizer, config);
        StepReport report = step.Run(
            [Batch(config.Model.Backbone)],
            state.Settings,
            iteration: 1,
            state.LearningRate(config, pending: 0)
        );
        Assert.Null(report.NonFinite);
        Assert.True(report.GradientNorm > 0);
        Assert.Equal(1, state.Advance(config, report.Outcome, report.CascadeOutcomes).Iteration);
        // Momentum begins as the gradient. Pyramid levels that no anchor of a small image lies inside of may have none.
        string[] reached = [.. optimizer.Momentum.Where(entry => IsMoved(entry.Value)).Select(entry => entry.Key)];
        string classes = trained.Last(entry => entry.name.EndsWith("classes.weight", StringComparison.Ordinal)).name;
        string first = trained.First(entry => entry.name.StartsWith("backbone.", StringComparison.Ordinal)).name;
        foreach (string parameter in (string[])[first, "rpn.objectness.weight", classes])
        {
            Assert.Contains(parameter, reached);
        }
        Assert.Equal(trained.Length, optimizer.Momentum.Count);
    }

    private static bool IsMoved(torch.Tensor momentum) => momentum.abs().max().item<float>() > 0;

    /// <summary>Two images of noise with two boxes each.</summary>
    private static ImageBatch Batch(BackboneConfig backbone)
    {
        Random random = new(7);
        float[] boxes = [8, 8, 40, 40, 50, 20, 90, 60];
        BatchItem Item(int id) =>
            new(new ImageRecord(id, "", "", Width, Height, []), Height, Width, 1, 1, Flipped: false, boxes, [0, 1]);
        RgbImage Noise()
        {
            byte[] pixels = new byte[Height * Width * 3];
            random.NextBytes(pixels);
            return new RgbImage(Width, Height, pixels);
        }
        return new ImageBatch(Height, Width, [Noise(), Noise()], [Item(1), Item(2)], backbone);
    }
}
