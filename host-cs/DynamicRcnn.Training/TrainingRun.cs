using System.Diagnostics;
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
    private readonly Detector detector;
    private readonly Sgd optimizer;
    private readonly WeightAverage? average;
    private readonly RunProcesses processes;
    private readonly ResultWriter results;
    private readonly StepSharing? sharing;
    private readonly StepWindow window;
    private readonly Dataset dataset;
    private readonly Dataset? validation;
    private TrainingState state;

    private TrainingRun(
        RunFolder folder,
        ResolvedConfig resolved,
        Dataset dataset,
        Dataset? validation,
        ProcessGroup? group,
        StepReading? reading,
        bool goesOn
    )
    {
        this.folder = folder;
        processes = new RunProcesses(group);
        this.dataset = dataset;
        this.validation = validation;
        config = resolved.Config;
        results = new ResultWriter(folder, config.Checkpoint.FailuresInARow);
        configJson = ConfigApi.Write(resolved);
        processes.RequireEqualParts(config);
        torch.Device device = RunDevice.Of(config.Run, group?.LocalRank ?? 0);
        Environment = RunEnvironment.Prepare(config.Run, device, group?.Size ?? 1, group?.LocalSize ?? 1);
        lock (initialisation)
        {
            torch.manual_seed(config.Run.Seed);
            detector = new Detector(config.Model, dataset.Classes.Count);
        }
        if (resolved.Config.Model.Backbone.Weights.Length > 0 && !goesOn && processes.KeepsFolder)
        {
            try
            {
                Weights = InitialWeights.Load(detector, dataset.Classes, resolved.Config.Model.Backbone.Weights);
            }
            catch
            {
                detector.Dispose();
                throw;
            }
        }
        RunDevice.Place(detector, config.Run, device);
        StepReading read = reading ?? StepReadings.On(device);
        (string, Parameter)[] trained =
        [
            .. detector
                .named_parameters()
                .Where(entry => entry.parameter.requires_grad)
                .Select(entry => (entry.name, entry.parameter)),
        ];
        optimizer = new Sgd(trained, config.Solver, read);
        average = config.Solver.EmaDecay > 0 ? new WeightAverage(trained, config.Solver.EmaDecay, read) : null;
        sharing = group is null ? null : new StepSharing(group, detector);
        window = new StepWindow(config, new TrainStep(detector, optimizer, config, sharing), average, read);
        state = CoreApi.InitialState(config, Environment);
    }

    /// <summary>What a continuation to the bit depends on.</summary>
    public IReadOnlyList<EnvironmentEntry> Environment { get; }

    /// <summary>What became of the weights to start from; null when all starts from scratch or the run goes on.</summary>
    public WeightReport? Weights { get; }

    /// <summary>What differs from the machine that wrote the checkpoint: then the run does not go on to the bit.</summary>
    public IReadOnlyList<string> Differences { get; private set; } = [];

    /// <summary>What becomes of the learning rate where a run was resumed for more iterations than it was to have; null when it was not.</summary>
    public string? Extension { get; private set; }

    /// <summary>The parts of the detector and their sizes.</summary>
    public DetectorSummary Summary => DetectorSummary.Of(detector);

    /// <summary>Iterations that are done.</summary>
    public int Iteration => state.Iteration;

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
        RunFolder folder = group is { IsFirst: false } ? RunFolder.OfAnother(root) : RunFolder.Unused(root);
        return Prepare(
            new TrainingRun(folder, resolved, dataset, validation, group, reading, goesOn: false),
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
        RunFolder folder = group is { IsFirst: false } ? RunFolder.OfAnother(root) : RunFolder.Open(root);
        return Prepare(
            new TrainingRun(folder, resolved, dataset, validation, group, reading, goesOn: true),
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
            run.state = run.processes.TakeFromFirst(run.state, run.detector, run.optimizer, run.average);
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

    /// <param name="isCancelled">Asked once before each iteration.</param>
    /// <param name="cancellation">Cuts an evaluation off.</param>
    private IEnumerable<RunEvent> Loop(Func<bool> isCancelled, CancellationToken cancellation)
    {
        Panel panel =
            validation is null || !processes.KeepsFolder
                ? Panel.Empty
                : Panel.OfRun(folder, validation, config.Evaluation.PanelImages);
        using RunRecords records = Records(panel);
        PanelRecord? boxes = processes.KeepsFolder ? PanelRecord.Open(folder, panel, state.Iteration) : null;
        using BatchSource batches = Batches();
        IReadOnlyList<Finding>? found = null;
        try
        {
            if (IsEvaluationDue)
            {
                foreach (
                    RunEvent happened in Evaluate(panel, boxes, records, cancellation).Concat(Save(isRequired: false))
                )
                {
                    yield return happened;
                }
            }
            // One process may have been told to stop, or all of them; they stop after the same step.
            while (!processes.Any(isCancelled()) && IsRunning())
            {
                window.Make(state, batches.Next, IsSkipped, processes.Count);
                if (!IsReadingDue())
                {
                    continue;
                }
                foreach (RunEvent happened in Read(records))
                {
                    yield return happened;
                }
                bool last = state.Iteration >= config.Solver.Iterations;
                if (last || IsDue(config.Evaluation.Interval))
                {
                    foreach (RunEvent happened in Evaluate(panel, boxes, records, cancellation))
                    {
                        yield return happened;
                    }
                }
                if (last || IsDue(config.Checkpoint.Interval))
                {
                    foreach (RunEvent happened in Save(isRequired: last))
                    {
                        yield return happened;
                    }
                }
            }
            // A run that was told to stop may be inside a window.
            foreach (RunEvent happened in Read(records))
            {
                yield return happened;
            }
            if (!File.Exists(folder.CheckpointOf(state.Iteration)))
            {
                foreach (RunEvent happened in Save(isRequired: true))
                {
                    yield return happened;
                }
            }
            found = processes.All(batches.Findings);
        }
        finally
        {
            Findings = found ?? batches.Findings;
        }
        yield return new Ended(state, Cancelled: CoreApi.Status(config, state).IsRunning || IsEvaluationDue);
    }

    /// <summary>Images that could not be decoded, once the run has ended: those of all processes, but of one that failed its own.</summary>
    public IReadOnlyList<Finding> Findings { get; private set; } = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        window.Dispose();
        sharing?.Dispose();
        average?.Dispose();
        optimizer.Dispose();
        detector.Dispose();
    }

    private void LoadLastCheckpoint()
    {
        string path = folder.LastCheckpoint!;
        folder.RequireOwnFiles();
        Checkpoint checkpoint = CheckpointFile.Load(path, detector, optimizer.Momentum, average?.Tensors);
        ClassLists.Require(path, checkpoint.Classes, dataset);
        state = checkpoint.State;
        Extension = ExtensionOf(new ConfigLayer(path, checkpoint.ConfigJson));
        folder.RemoveUnfinished();
        Differences =
        [
            .. CoreApi.EnvironmentDifferences(state, Environment),
            .. RunData.Differences(folder, dataset, validation),
        ];
        AtomicFile.WriteText(folder.ConfigPath, configJson);
        EnvironmentFile.Append(folder, Iteration, Environment);
    }

    /// <summary>Milestones stay where they are when a run becomes longer: what it has done could not be done anew.</summary>
    private string? ExtensionOf(ConfigLayer recorded)
    {
        Parsed<ResolvedConfig> before = ConfigApi.Read(recorded);
        SolverConfig solver = config.Solver;
        if (
            !before.IsOk
            || before.Value.Config.Solver.Iterations is var iterations && iterations >= solver.Iterations
            || solver.Milestones is not [.., var last]
            || last > iterations
        )
        {
            return null;
        }
        return string.Create(
            CultureInfo.InvariantCulture,
            $"the run was to have {iterations} iterations and its milestones stay, so from iteration {Math.Max(state.Iteration, last)} on the learning rate is {CoreApi.LearningRateAt(solver, solver.Iterations):G3}, its last; a new run from these weights has a whole schedule: --weights {folder.Root} with another --out, without --resume"
        );
    }

    // Each goes on from the run's iteration, whatever it says of later ones.
    private RunRecords Records(Panel panel) =>
        !processes.KeepsFolder
            ? new([])
            : new([
                RunLog.Open(folder.LogPath, state.Iteration),
                RunTables.Open(folder, state.Iteration),
                RunEvents.Open(folder, panel, config.Dynamic, state.Iteration),
                StatisticsRecorder.Open(folder.StatisticsPath, config.Dynamic, state.Iteration),
            ]);

    private BatchSource Batches() =>
        BatchSource.Train(
            dataset,
            config.Data,
            config.Model.Backbone,
            config.Model.Conventions,
            config.Data.ImagesPerStep / config.Solver.AccumulationSteps,
            config.Run.Seed,
            ((long)state.Iteration * config.Solver.AccumulationSteps) + 1,
            processes.Shard
        );

    private bool IsEvaluationDue => validation is not null && state.EvaluationDue;

    private static bool IsDue(int interval, int iteration) => interval > 0 && iteration % interval == 0;

    private bool IsDue(int interval) => IsDue(interval, state.Iteration);

    /// <summary>Whether something now needs the numbers of the steps so far: the next setting, an evaluation, a checkpoint, the end.</summary>
    private bool IsReadingDue()
    {
        int iteration = state.Iteration + window.Count;
        return window.IsFull(state)
            || iteration >= config.Solver.Iterations
            || IsDue(config.Checkpoint.Interval, iteration)
            || (validation is not null && IsDue(config.Evaluation.Interval, iteration));
    }

    /// <summary>Reads what has been made; the run's files and its state then know of it.</summary>
    /// <exception cref="RunException">A step of the window was one too many that was not finite, or the schedule met a fault.</exception>
    private IEnumerable<RunEvent> Read(RunRecords records)
    {
        string? failure = null;
        foreach (Stepped stepped in window.Read(state))
        {
            state = stepped.State;
            failure ??= Failure(stepped);
            records.Append(stepped);
            yield return stepped;
        }
        if (failure is null)
        {
            yield break;
        }
        foreach (RunEvent happened in Save(isRequired: true))
        {
            yield return happened;
        }
        throw new RunException(failure, RunFault.Run);
    }

    // The authors' code leaves out a batch in which an image has no boxes.
    private bool IsSkipped(ImageBatch[] passes) =>
        config.Dynamic.Rule.IsOfficial
        && processes.Any(passes.Any(pass => pass.Items.Any(item => item.Labels.Length == 0)));

    /// <exception cref="RunException">The run has failed before; going on would repeat it.</exception>
    private bool IsRunning() =>
        Failure(stepped: null) is { } failure
            ? throw new RunException(failure, RunFault.Run)
            : CoreApi.Status(config, state).IsRunning;

    private string? Failure(Stepped? stepped)
    {
        RunStatus status = CoreApi.Status(config, state);
        if (status.IsFaulted)
        {
            return $"iteration {state.Iteration}: {CoreApi.Describe(state.Dynamic.Fault)}";
        }
        return status.IsNonFinite
            ? $"iteration {state.Iteration}: {stepped?.Report?.NonFinite ?? "the loss"} was not finite, {state.NonFiniteInARow} steps in a row; "
                + "the checkpoint holds the weights before them; lower solver.baseLearningRate or raise solver.warmupIterations"
            : null;
    }

    private IEnumerable<RunEvent> Evaluate(
        Panel panel,
        PanelRecord? boxes,
        RunRecords records,
        CancellationToken cancellation
    )
    {
        if (validation is null)
        {
            yield break;
        }
        long started = Stopwatch.GetTimestamp();
        if (Measure(validation, panel, cancellation) is not { } measured)
        {
            state = CoreApi.WithEvaluationDue(state);
            yield break;
        }
        state = CoreApi.WithEvaluation(state, measured.AP);
        if (measured.Measurement is not { } measurement)
        {
            yield break; // another process has the figures
        }
        bool best = state.BestIteration == state.Iteration;
        Evaluated evaluated = new(state, measurement, best, Stopwatch.GetElapsedTime(started).TotalSeconds);
        NotSaved? notSaved = results.Try(() => Write(evaluated, validation, boxes));
        records.Append(evaluated);
        yield return evaluated;
        if (notSaved is not null)
        {
            yield return notSaved;
        }
    }

    /// <returns>Null when it was cut off.</returns>
    private (Measurement? Measurement, double AP)? Measure(Dataset split, Panel panel, CancellationToken cancellation)
    {
        LossConditions? conditions = config.Evaluation.ValidationLoss
            ? new LossConditions(state.Setting, config.Dynamic, config.Run.Seed)
            : null;
        using (average?.Applied())
        {
            Evaluator evaluator = new(detector, config);
            try
            {
                return processes.Evaluate(evaluator, split, conditions, panel.ImageIds, cancellation);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
    }

    private void Write(Evaluated evaluated, Dataset split, PanelRecord? boxes)
    {
        int iteration = evaluated.State.Iteration;
        EvaluationJson.Write(folder.EvaluationOf(iteration), evaluated.Measurement.Result, EvaluationNames.Of(split));
        boxes?.Append(evaluated);
        if (evaluated.IsBest)
        {
            SaveTo(folder.BestCheckpoint);
        }
    }

    /// <returns>Nothing where another process does it.</returns>
    private IEnumerable<RunEvent> Save(bool isRequired)
    {
        if (!processes.KeepsFolder)
        {
            yield break;
        }
        string path = folder.CheckpointOf(state.Iteration);
        NotSaved? notSaved = results.Try(() => WriteAndPrune(path), isRequired);
        yield return notSaved as RunEvent ?? new Saved(path);
    }

    private void WriteAndPrune(string path)
    {
        SaveTo(path);
        folder.Prune(config.Checkpoint.Keep);
    }

    private void SaveTo(string path) =>
        CheckpointFile.Save(
            path,
            detector,
            optimizer.Momentum,
            average?.Tensors,
            new Checkpoint(state, dataset.Classes, configJson)
        );
}
