using System.Globalization;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Training;

/// <summary>
/// A training run from its first iteration, or from its last checkpoint, to its end. It is a fold: each iteration turns the state into the next
/// one, whose IoU threshold and beta enter the next step as arguments. Where several processes share the run, each of them has the same state
/// and the same weights, to the bit, and the first one keeps the folder.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    // libtorch draws first weights from one generator of the whole process: two runs that start at once would share its numbers.
    private static readonly Lock initialisation = new();

    private readonly RunFolder folder;
    private readonly Config config;
    private readonly string configJson;
    private readonly TrainedParts parts;
    private readonly RunProcesses processes;
    private readonly ResultWriter results;
    private readonly RunCheckpoints checkpoints;
    private readonly Dataset dataset;
    private readonly Dataset? validation;
    private TrainingState state;
    private TrainingLoop? loop;

    private TrainingRun(
        RunFolder folder,
        ResolvedConfig resolved,
        Dataset dataset,
        Dataset? validation,
        ProcessGroup group,
        StepReading? reading,
        bool goesOn
    )
    {
        this.folder = folder;
        processes = new RunProcesses(group);
        this.dataset = dataset;
        this.validation = validation;
        config = resolved.Config;
        configJson = ConfigText.Write(resolved);
        processes.RequireEqualParts(config);
        torch.Device device = RunDevice.Of(config.Run, group.LocalRank);
        Environment =
        [
            .. RunEnvironment.Prepare(config.Run, device, group.Size, group.LocalSize),
            .. config.Solver.Precision.IsBFloat16 && device.type == DeviceType.CPU
                ? [new EnvironmentEntry("bfloat16", KernelLibrary.BFloat16Products)]
                : Array.Empty<EnvironmentEntry>(),
        ];
        Detector detector = Initialised();
        if (config.Model.Backbone.Weights.Length > 0 && !goesOn && processes.KeepsFolder)
        {
            try
            {
                Weights = InitialWeights.Load(detector, dataset.Classes, config.Model.Backbone.Weights);
            }
            catch
            {
                detector.Dispose();
                throw;
            }
        }
        RunDevice.Place(detector, config.Run, device);
        parts = new TrainedParts(detector, config, group, reading ?? StepReadings.On(device));
        results = new ResultWriter(folder, config.Checkpoint.FailuresInARow);
        checkpoints = new RunCheckpoints(folder, parts, dataset.Classes, configJson, config.Checkpoint.Keep, results);
        state = TrainingState.Initial(config, [.. Environment]);
    }

    private Detector Initialised()
    {
        lock (initialisation)
        {
            torch.manual_seed(config.Run.Seed);
            return new Detector(config.Model, dataset.Classes.Count);
        }
    }

    /// <summary>What a continuation to the bit depends on.</summary>
    public IReadOnlyList<EnvironmentEntry> Environment { get; }

    /// <summary>What became of the weights to start from; null when all starts from scratch or the run goes on.</summary>
    public WeightReport? Weights { get; }

    /// <summary>What differs from the machine that wrote the checkpoint: then the run does not go on to the bit.</summary>
    public IReadOnlyList<string> Differences { get; private set; } = [];

    /// <summary>What becomes of the learning rate where a run was resumed for more iterations than it was to have; null when it was not.</summary>
    public string? Extension { get; private set; }

    /// <summary>What a replay will lack where a resumed run has lost its record of statistics and begins another; null where it has not.</summary>
    internal string? LostRecord { get; private set; }

    /// <summary>The parts of the detector and their sizes.</summary>
    public DetectorSummary Summary => DetectorSummary.Of(parts.Detector);

    /// <summary>Iterations that are done.</summary>
    public int Iteration => (loop?.State ?? state).Iteration;

    /// <summary>Iterations that the configuration asks for.</summary>
    public int Iterations => config.Solver.Iterations;

    /// <summary>Prepares a new run in an empty folder.</summary>
    /// <param name="root">Its folder.</param>
    /// <param name="resolved">The configuration.</param>
    /// <param name="dataset">The training split.</param>
    /// <param name="validation">The validation split; null = the run is not evaluated.</param>
    /// <param name="group">The processes that share the run, which all call this; null: this one alone.</param>
    /// <param name="reading">When the numbers of steps are read; null: as suits the device.</param>
    /// <exception cref="RunException">The folder is not empty, weights cannot be used, or a batch has no equal parts for the processes.</exception>
    public static TrainingRun Start(
        string root,
        ResolvedConfig resolved,
        Dataset dataset,
        Dataset? validation,
        ProcessGroup? group = null,
        StepReading? reading = null
    )
    {
        // The folder comes last: a run that cannot start leaves nothing behind, and may be tried again under its name.
        ProcessGroup processes = group ?? ProcessGroup.Alone;
        RunFolder folder = processes.IsFirst ? RunFolder.Unused(root) : RunFolder.OfAnother(root);
        return Prepare(
            new TrainingRun(folder, resolved, dataset, validation, processes, reading, goesOn: false),
            run =>
            {
                folder.Make();
                AtomicFile.WriteText(folder.ConfigPath, run.configJson);
                RunData.Write(folder, dataset, validation);
                EnvironmentFile.Append(folder, iteration: 0, run.Environment);
            }
        );
    }

    /// <summary>Prepares to go on from a run's last checkpoint.</summary>
    /// <param name="root">Its folder; of several processes the first reads it alone.</param>
    /// <param name="resolved">The configuration.</param>
    /// <param name="dataset">The training split.</param>
    /// <param name="validation">The validation split; null = the run is not evaluated.</param>
    /// <param name="group">The processes that share the run now, whatever their number was before; null: this one alone.</param>
    /// <param name="reading">When the numbers of steps are read; null: as suits the device.</param>
    /// <exception cref="RunException">There is none, or it does not belong to this model and these classes.</exception>
    public static TrainingRun Resume(
        string root,
        ResolvedConfig resolved,
        Dataset dataset,
        Dataset? validation,
        ProcessGroup? group = null,
        StepReading? reading = null
    )
    {
        ProcessGroup processes = group ?? ProcessGroup.Alone;
        RunFolder folder = processes.IsFirst ? RunFolder.Open(root) : RunFolder.OfAnother(root);
        return Prepare(
            new TrainingRun(folder, resolved, dataset, validation, processes, reading, goesOn: true),
            run => run.LoadLastCheckpoint()
        );
    }

    /// <summary>The process that keeps the folder works on it; all begin with what it then has.</summary>
    private static TrainingRun Prepare(TrainingRun run, Action<TrainingRun> onFolder)
    {
        try
        {
            if (run.processes.KeepsFolder)
            {
                onFolder(run);
            }
            run.state = run.processes.TakeFromFirst(
                run.state,
                run.parts.Detector,
                run.parts.Optimizer,
                run.parts.Average
            );
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Trains to the end. What happens comes out as events, in order; the loop goes on when the next one is asked for. A cancelled run
    /// ends after the current step, or the current image of an evaluation, with a checkpoint; a failed one too, so that what it learnt can still
    /// be used. An evaluation that was cut off is the first thing that the resumed run does.
    /// </summary>
    /// <exception cref="RunException">The losses are not finite, the schedule met a fault, or the disk is full.</exception>
    /// <exception cref="DataException">No image can be decoded, or one cannot and the data is strict.</exception>
    public IEnumerable<RunEvent> ToEnd(CancellationToken cancellation) =>
        Loop(() => cancellation.IsCancellationRequested, cancellation);

    /// <inheritdoc cref="ToEnd(CancellationToken)"/>
    /// <param name="isCancelled">Asked once before each iteration.</param>
    internal IEnumerable<RunEvent> ToEnd(Func<bool> isCancelled) => Loop(isCancelled, CancellationToken.None);

    private IEnumerable<RunEvent> Loop(Func<bool> isCancelled, CancellationToken cancellation)
    {
        RunEvaluation? evaluation = validation is null
            ? null
            : new RunEvaluation(config, validation, folder, parts, processes, checkpoints, results);
        loop = new TrainingLoop(config, state, folder, dataset, processes, parts.Window, evaluation, checkpoints);
        return loop.Run(isCancelled, cancellation);
    }

    /// <summary>Images that could not be decoded, once the run has ended: those of all processes, but of one that failed its own.</summary>
    public IReadOnlyList<Finding> Findings => loop?.Findings ?? [];

    /// <inheritdoc/>
    public void Dispose() => parts.Dispose();

    private void LoadLastCheckpoint()
    {
        (string path, Checkpoint checkpoint) = checkpoints.LoadLast(dataset);
        state = checkpoint.State;
        Extension = ExtensionOf(new ConfigLayer(path, checkpoint.ConfigJson));
        LostRecord = LostRecordOf(StageSchedules.Of(config));
        folder.RemoveUnfinished();
        Differences =
        [
            .. state.EnvironmentDifferences([.. Environment]),
            .. RunData.Differences(folder, dataset, validation),
        ];
        AtomicFile.WriteText(folder.ConfigPath, configJson);
        EnvironmentFile.Append(folder, Iteration, Environment);
    }

    private string? LostRecordOf(DynamicConfig[] schedules)
    {
        int kept = schedules.TakeWhile((schedule, stage) => StatisticsRecorder.Holds(folder, schedule, stage)).Count();
        return state.Iteration == 0 || kept == schedules.Length
            ? null
            : $"{folder.StatisticsOf(kept)} holds nothing of the {state.Iteration} iterations so far and is begun anew, so drcnn replay cannot tell what other settings had made of the run";
    }

    /// <summary>
    /// Milestones stay where they are when a run becomes longer: what it has done could not be done anew. A cosine ends at the new last iteration, and
    /// jumps to it where the run goes on.
    /// </summary>
    private string? ExtensionOf(ConfigLayer recorded)
    {
        Parsed<ResolvedConfig> before = ConfigText.ReadBack(recorded);
        SolverConfig solver = config.Solver;
        if (!before.IsOk || before.Value.Config.Solver is var old && old.Iterations == solver.Iterations)
        {
            return null;
        }
        int iterations = old.Iterations;
        if (solver.RateSchedule.IsCosine)
        {
            int next = state.Iteration - state.SkippedIterations + 1;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the run was to have {iterations} iterations and its cosine now ends at {solver.Iterations}, so from iteration {state.Iteration + 1} on the learning rate is {LearningRate.At(solver, next):G3} where it would have been {LearningRate.At(old, next):G3}"
            );
        }
        if (iterations > solver.Iterations || solver.Milestones is not [.., var last] || last > iterations)
        {
            return null;
        }
        return string.Create(
            CultureInfo.InvariantCulture,
            $"the run was to have {iterations} iterations and its milestones stay, so from iteration {Math.Max(state.Iteration, last)} on the learning rate is {LearningRate.At(solver, solver.Iterations):G3}, its last; a new run from these weights has a whole schedule: --weights {folder.Root} with another --out, without --resume"
        );
    }
}
