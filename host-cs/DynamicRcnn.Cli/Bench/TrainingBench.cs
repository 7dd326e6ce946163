using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Torch.Modules;
using DynamicRcnn.Training;
using DynamicRcnn.Training.Runs;

namespace DynamicRcnn.Cli.Bench;

/// <summary>Training steps on whole batches in turn: what a run does in an iteration, but for decoding ahead, log and checkpoints.</summary>
internal sealed class TrainingBench : IBenchStep
{
    private readonly Config config;
    private readonly BenchImage[][] batches;
    private readonly Sgd optimizer;
    private readonly TrainStep step;
    private TrainingState state;

    /// <param name="detector">It is trained.</param>
    /// <param name="images">At least one batch; an incomplete last one is left out.</param>
    public TrainingBench(BenchDetector detector, BenchImage[] images)
    {
        config = detector.Config;
        int size = config.Data.ImagesPerStep;
        batches = [.. images.Chunk(size).Where(batch => batch.Length == size)];
        (string, Parameter)[] trained =
        [
            .. detector
                .Detector.named_parameters()
                .Where(entry => entry.parameter.requires_grad)
                .Select(entry => (entry.name, entry.parameter)),
        ];
        optimizer = new Sgd(trained, config.Solver, RunDevice.Reading(detector.Detector.device));
        step = new TrainStep(detector.Detector, optimizer, config);
        state = CoreApi.InitialState(config, []);
    }

    /// <inheritdoc/>
    /// <exception cref="RunException">A loss or the gradient is not finite: such a step is cut short, so its time says nothing.</exception>
    public void Run(int index)
    {
        int iteration = state.Iteration + 1;
        int passSize = config.Data.ImagesPerStep / config.Solver.AccumulationSteps;
        ImageBatch[] passes =
        [
            .. batches[index % batches.Length].Chunk(passSize).Select(images => Batch(images, iteration)),
        ];
        StepReport report = step.Run(passes, state.Setting, iteration, CoreApi.LearningRate(config, state));
        if (report.NonFinite is { } what)
        {
            throw new RunException($"step {iteration}: {what} is not finite; start from other --weights", RunFault.Run);
        }

        state = CoreApi.Advance(config, state, report.Outcome);
    }

    private ImageBatch Batch(BenchImage[] images, int iteration) =>
        BatchSource.Of(
            images.Select(image => (image.Record, image.Pixels)),
            config.Data,
            config.Model.Backbone,
            config.Model.Conventions,
            config.Run.Seed,
            iteration
        );

    /// <inheritdoc/>
    public void Dispose() => optimizer.Dispose();
}
