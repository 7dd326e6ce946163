using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;
using DynamicRcnn.Training;

namespace DynamicRcnn.Cli;

/// <summary>
/// Training steps on whole batches in turn: what a run does in an iteration, but for decoding, log and checkpoints. Numbers are read when a run
/// reads them; where that is not after each step, batches are made ahead on other threads too, as a run makes them.
/// </summary>
internal sealed class TrainingBench : IBenchStep
{
    private readonly Config config;
    private readonly BenchImage[][] batches;
    private readonly Optimizer optimizer;
    private readonly StepReading reading;
    private readonly StepWindow window;
    private readonly Queue<Task<ImageBatch>> ahead = [];
    private readonly int aheadAtMost;
    private int passesBegun;
    private TrainingState state;

    /// <param name="detector">It is trained.</param>
    /// <param name="images">At least one batch; an incomplete last one is left out.</param>
    /// <param name="reading">When numbers are read at the latest; null: as the device wants it.</param>
    public TrainingBench(BenchDetector detector, BenchImage[] images, StepReading? reading = null)
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
        this.reading = reading ?? StepReadings.On(detector.Detector.device);
        aheadAtMost = IsReadEach ? 0 : Math.Max(1, config.Data.QueueLength);
        optimizer = Optimizer.Of(trained, config.Solver, this.reading);
        window = new StepWindow(
            config,
            new TrainStep(detector.Detector, optimizer, config),
            average: null,
            this.reading
        );
        state = TrainingState.Initial(config, []);
    }

    /// <inheritdoc/>
    public bool IsReadEach => reading == StepReading.EachStep;

    /// <inheritdoc/>
    /// <exception cref="RunException">A loss or the gradient is not finite: such a step is cut short, so its time says nothing.</exception>
    public void Run(int first, int count)
    {
        for (int made = 1; made <= count; made++)
        {
            window.Make(state, NextPass, _ => false, processes: 1);
            if (made == count || window.IsFull(state))
            {
                Read();
            }
        }
    }

    /// <inheritdoc/>
    public void MakeBatches(int first, int count)
    {
        int passes = config.Solver.AccumulationSteps;
        for (int pass = first * passes; pass < (first + count) * passes; pass++)
        {
            Pass(pass);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Task.WaitAll(ahead);
        window.Dispose();
        optimizer.Dispose();
    }

    private void Read()
    {
        foreach (Stepped stepped in window.Read(state))
        {
            state = stepped.State;
            if (stepped.Report?.NonFinite is { } what)
            {
                throw new RunException(
                    $"step {state.Iteration}: {what} is not finite; start from other --weights",
                    RunFault.Run
                );
            }
        }
    }

    private ImageBatch NextPass()
    {
        if (aheadAtMost == 0)
        {
            return Pass(passesBegun++);
        }
        while (ahead.Count < aheadAtMost)
        {
            int pass = passesBegun++;
            ahead.Enqueue(Task.Run(() => Pass(pass)));
        }
        return ahead.Dequeue().GetAwaiter().GetResult();
    }

    private ImageBatch Pass(int pass)
    {
        int passes = config.Solver.AccumulationSteps;
        int size = config.Data.ImagesPerStep / passes;
        BenchImage[] images = batches[pass / passes % batches.Length];
        return BatchSource.Of(
            images.Skip(pass % passes * size).Take(size).Select(image => (image.Record, image.Pixels)),
            config.Data,
            config.Model.Backbone,
            config.Model.Conventions,
            config.Run.Seed,
            (pass / passes) + 1
        );
    }
}
