using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Training.Distributed;
using DynamicRcnn.Training.Runs;

namespace DynamicRcnn.Training.Tests;

/// <summary>Steps of a small detector on drawn noise, whose operators are looked at.</summary>
internal sealed class ObservedStep : IDisposable
{
    private const int Height = 64;
    private const int Width = 96;
    private readonly Config config;
    private readonly Detector detector;
    private readonly Sgd optimizer;
    private readonly WeightAverage average;
    private readonly StepSharing? sharing;
    private readonly List<PendingStep> pending = [];

    /// <param name="sets">What differs from the demo's preset.</param>
    public ObservedStep(params string[] sets)
        : this(null, sets) { }

    /// <param name="group">With which the steps are shared; null: with nobody.</param>
    /// <param name="sets">What differs from the demo's preset.</param>
    public ObservedStep(ProcessGroup? group, params string[] sets)
    {
        config = ConfigApi.Resolve(new ConfigSources("tiny-demo", [], sets, [])).Value.Config;
        torch.set_num_threads(2);
        torch.manual_seed(1);
        detector = new Detector(config.Model, classCount: 2);
        RunDevice.Place(detector, config.Run, new torch.Device(DeviceType.CPU));
        (string, Parameter)[] trained = [.. detector.named_parameters().Where(entry => entry.parameter.requires_grad)];
        optimizer = new Sgd(trained, config.Solver, StepReading.EachWindow);
        average = new WeightAverage(trained, decay: 0.9, StepReading.EachWindow);
        sharing = group is null ? null : new StepSharing(group, detector);
        Step = new TrainStep(detector, optimizer, config, sharing);
    }

    public TrainStep Step { get; }

    public IReadOnlyList<PendingStep> Pending => pending;

    /// <summary>Passes of one step.</summary>
    public int Passes => config.Solver.AccumulationSteps;

    /// <summary>The conventions of a preset, as settings of the command line.</summary>
    public static string[] Conventions(string preset) =>
        [
            .. ConfigApi
                .Differences(ConfigApi.FindPreset("tiny-demo").Value.Config, ConfigApi.FindPreset(preset).Value.Config)
                .Where(field => field.Path.StartsWith("model.conventions.", StringComparison.Ordinal))
                .Select(field => $"{field.Path}={field.After}"),
        ];

    /// <summary>Makes the next step on noise and leaves its numbers where they are.</summary>
    /// <param name="boxes">Of the first image; the second has two.</param>
    public void Make(int boxes = 3)
    {
        int iteration = pending.Count + 1;
        Setting setting = CoreApi.InitialState(config, []).Setting;
        ImageBatch[] passes = [.. Enumerable.Range(0, Passes).Select(pass => Batch((10 * iteration) + pass, boxes))];
        PendingStep made = Step.Start(passes, setting, iteration, learningRate: 0.01);
        average.Update(iteration, made.GradientNorm);
        pending.Add(made);
    }

    public void Dispose()
    {
        pending.ForEach(step => step.Dispose());
        sharing?.Dispose();
        average.Dispose();
        optimizer.Dispose();
        detector.Dispose();
    }

    private static ImageBatch Batch(int seed, int boxes)
    {
        Random random = new(seed);
        float[] pixels = [.. Enumerable.Range(0, 2 * 3 * Height * Width).Select(_ => random.NextSingle() - 0.5f)];
        BatchItem Item(int id, int count) =>
            new(
                new ImageRecord(id, "", "", Width, Height, []),
                Height,
                Width,
                1,
                1,
                Flipped: false,
                [.. Enumerable.Range(0, count).SelectMany(_ => Box(random))],
                [.. Enumerable.Range(0, count).Select(place => place % 2)]
            );
        return new ImageBatch(Height, Width, pixels, [Item(2 * seed, boxes), Item((2 * seed) + 1, 2)]);
    }

    private static float[] Box(Random random)
    {
        float x = 40 * random.NextSingle();
        float y = 20 * random.NextSingle();
        return [x, y, x + 10 + (40 * random.NextSingle()), y + 10 + (30 * random.NextSingle())];
    }
}
