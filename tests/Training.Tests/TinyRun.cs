using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;
using DynamicRcnn.Tests;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Training.Tests;

/// <summary>A detector, its optimiser and its batches: four real images of blood cells unless told otherwise.</summary>
internal sealed class TinyRun : IDisposable
{
    private readonly Config config;
    private readonly Dataset dataset;

    public TinyRun(
        Config config,
        int imageCount = 4,
        StepReading reading = StepReading.EachStep,
        bool channelsLast = false
    )
        : this(config, Cells(imageCount), reading, channelsLast) { }

    public TinyRun(
        Config config,
        Dataset dataset,
        StepReading reading = StepReading.EachStep,
        bool channelsLast = false
    )
    {
        this.config = config;
        this.dataset = dataset;
        torch.set_num_threads(config.Run.Threads);
        torch.manual_seed(config.Run.Seed);
        Detector = new Detector(config.Model, dataset.Classes.Count);
        if (channelsLast) // as a run does: momentum is laid out as the weights are
        {
            Detector.place(new torch.Device(DeviceType.CPU), channelsLast);
        }
        Optimizer = Optimizer.Of(Trained, config.Solver, reading);
        Step = new TrainStep(Detector, Optimizer, config);
        State = TrainingState.Initial(config, []);
    }

    public Detector Detector { get; }

    public Optimizer Optimizer { get; }

    public TrainStep Step { get; }

    /// <summary>What is trained, by name.</summary>
    public IEnumerable<(string, Parameter)> Trained =>
        Detector
            .named_parameters()
            .Where(entry => entry.parameter.requires_grad)
            .Select(entry => (entry.name, entry.parameter));

    public Dataset Dataset => dataset;

    public TrainingState State { get; private set; }

    /// <summary>Trains up to an iteration and gives the reports of the steps.</summary>
    public List<StepReport> Until(int iteration)
    {
        List<StepReport> reports = [];
        using BatchSource batches = Batches();
        while (State.Iteration < iteration)
        {
            StepReport report = Step.Run(
                [batches.Next()],
                State.Settings,
                State.Iteration + 1,
                State.LearningRate(config, pending: 0)
            );
            State = State.Advance(config, report.Outcome, report.CascadeOutcomes);
            reports.Add(report);
        }
        return reports;
    }

    /// <summary>Makes the step of the next iteration; the state stays.</summary>
    public PendingStep Start()
    {
        using BatchSource batches = Batches();
        double rate = State.LearningRate(config, pending: 0);
        return Step.Start([batches.Next()], State.Settings, State.Iteration + 1, rate);
    }

    public void Save(string path) =>
        CheckpointFile.Save(
            path,
            Detector,
            Optimizer.Momentum,
            average: null,
            new Checkpoint(State, dataset.Classes, ConfigJson: "")
        );

    public void Load(string path) =>
        State = CheckpointFile.Load(path, Detector, Optimizer.Momentum, average: null).State;

    /// <summary>Weights and momentum to the bit, by name.</summary>
    public Dictionary<string, byte[]> Bits() =>
        Detector
            .state_dict()
            .Select(pair => ("model." + pair.Key, pair.Value))
            .Concat(Optimizer.Momentum.Select(pair => ("momentum." + pair.Key, pair.Value)))
            .ToDictionary(pair => pair.Item1, pair => ops.to_bytes(pair.Item2));

    /// <summary>The first images of the blood cells.</summary>
    internal static Dataset Cells(int imageCount)
    {
        Dataset whole = DatasetReader.Open(SharedData.Folder("bccd"), "train");
        return whole with { Images = [.. whole.Images.Take(imageCount)] };
    }

    private BatchSource Batches() =>
        BatchSource.Train(
            dataset,
            config.Data,
            config.Model.Backbone,
            config.Model.Conventions,
            config.Data.ImagesPerStep,
            config.Run.Seed,
            State.Iteration + 1
        );

    public void Dispose()
    {
        Optimizer.Dispose();
        Detector.Dispose();
    }
}
