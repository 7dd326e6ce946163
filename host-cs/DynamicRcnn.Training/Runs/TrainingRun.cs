using System.Diagnostics;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Torch;
using DynamicRcnn.Torch.Modules;
using DynamicRcnn.Training.Runs.Events;
using DynamicRcnn.Training.Runs.Panels;
using DynamicRcnn.Training.Weights;

namespace DynamicRcnn.Training.Runs;

/// <summary>
/// A training run from its first iteration, or from its last checkpoint, to its end. It is a fold: each iteration turns the state into the next
/// one, whose IoU threshold and beta enter the next step as arguments.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    private readonly RunFolder folder;
    private readonly Config config;
    private readonly string configJson;
    private readonly Detector detector;
    private readonly Sgd optimizer;
    private readonly WeightAverage? average;
    private readonly TrainStep step;
    private readonly Dataset dataset;
    private readonly Dataset? validation;
    private TrainingState state;

    private TrainingRun(RunFolder folder, ResolvedConfig resolved, Dataset dataset, Dataset? validation, bool goesOn)
    {
        this.folder = folder;
        this.dataset = dataset;
        this.validation = validation;
        config = resolved.Config;
        configJson = ConfigApi.Write(resolved);
        Environment = RunEnvironment.Prepare(config.Run);
        torch.manual_seed(config.Run.Seed);
        detector = new Detector(config.Model, dataset.Classes.Count);
        if (resolved.Config.Model.Backbone.Weights.Length > 0 && !goesOn)
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
        (string, Parameter)[] trained =
        [
            .. detector
                .named_parameters()
                .Where(entry => entry.parameter.requires_grad)
                .Select(entry => (entry.name, entry.parameter)),
        ];
        optimizer = new Sgd(trained, config.Solver);
        average = config.Solver.EmaDecay > 0 ? new WeightAverage(trained, config.Solver.EmaDecay) : null;
        step = new TrainStep(detector, optimizer, config);
        state = CoreApi.InitialState(config, Environment);
    }

    /// <summary>What a continuation to the bit depends on.</summary>
    public IReadOnlyList<EnvironmentEntry> Environment { get; }

    /// <summary>What became of the weights to start from; null when all starts from scratch or the run goes on.</summary>
    public WeightReport? Weights { get; }

    /// <summary>What differs from the machine that wrote the checkpoint: then the run does not go on to the bit.</summary>
    public IReadOnlyList<string> Differences { get; private set; } = [];

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
    /// <exception cref="RunException">The folder is not empty, or weights cannot be used.</exception>
    public static TrainingRun Start(string root, ResolvedConfig resolved, Dataset dataset, Dataset? validation)
    {
        // The folder comes last: a run that cannot start leaves nothing behind, and may be tried again under its name.
        TrainingRun run = new(RunFolder.Unused(root), resolved, dataset, validation, goesOn: false);
        run.folder.Make();
        AtomicFile.WriteText(run.folder.ConfigPath, run.configJson);
        EnvironmentFile.Append(run.folder, iteration: 0, run.Environment);
        return run;
    }

    /// <summary>Prepares to go on from a run's last checkpoint.</summary>
    /// <exception cref="RunException">There is none, or it does not belong to this model and these classes.</exception>
    public static TrainingRun Resume(string root, ResolvedConfig resolved, Dataset dataset, Dataset? validation)
    {
        RunFolder folder = RunFolder.Open(root);
        TrainingRun run = new(folder, resolved, dataset, validation, goesOn: true);
        try
        {
            string path = folder.LastCheckpoint!;
            Checkpoint checkpoint = CheckpointFile.Load(path, run.detector, run.optimizer, run.average);
            ClassLists.Require(path, checkpoint.Classes, dataset);
            run.state = checkpoint.State;
            run.Differences = CoreApi.EnvironmentDifferences(run.state, run.Environment);
            AtomicFile.WriteText(folder.ConfigPath, run.configJson);
            EnvironmentFile.Append(folder, run.Iteration, run.Environment);
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
    /// ends after the current step, with a checkpoint; a failed one too, so that what it learnt can still be used.
    /// </summary>
    /// <exception cref="RunException">The losses are not finite, the schedule met a fault, or the disk is full.</exception>
    /// <exception cref="DataException">No image can be decoded, or one cannot and the data is strict.</exception>
    public IEnumerable<RunEvent> ToEnd(CancellationToken cancellation)
    {
        Panel panel = validation is null ? Panel.Empty : Panel.OfRun(folder, validation, config.Evaluation.PanelImages);
        using RunRecords records = Records(panel);
        using BatchSource batches = Batches();
        try
        {
            while (!cancellation.IsCancellationRequested && IsRunning())
            {
                Stepped stepped = Step(batches);
                records.Append(stepped);
                yield return stepped;
                if (Failure(stepped) is { } failure)
                {
                    yield return Save();
                    throw new RunException(failure, RunFault.Run);
                }
                bool last = state.Iteration >= config.Solver.Iterations;
                if (validation is not null && (last || IsDue(config.Evaluation.Interval)))
                {
                    Evaluated evaluated = Evaluate(validation, panel);
                    records.Append(evaluated);
                    yield return evaluated;
                }
                if (last || IsDue(config.Checkpoint.Interval))
                {
                    yield return Save();
                }
            }
            if (!File.Exists(folder.CheckpointOf(state.Iteration)))
            {
                yield return Save();
            }
        }
        finally
        {
            Findings = batches.Findings;
        }
        yield return new Ended(state, Cancelled: CoreApi.Status(config, state).IsRunning);
    }

    /// <summary>Images that could not be decoded, once the run has ended.</summary>
    public IReadOnlyList<Finding> Findings { get; private set; } = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        average?.Dispose();
        optimizer.Dispose();
        detector.Dispose();
    }

    // Each cuts itself back to the iteration that the run goes on from.
    private RunRecords Records(Panel panel) =>
        new([
            RunLog.Open(folder.LogPath, state.Iteration),
            RunTables.Open(folder, state.Iteration),
            RunEvents.Open(folder, panel, config.Dynamic, state.Iteration),
            StatisticsRecorder.Open(folder.StatisticsPath, config.Dynamic, state.Iteration),
            PanelRecord.Open(folder, panel, state.Iteration),
        ]);

    private BatchSource Batches() =>
        BatchSource.Train(
            dataset,
            config.Data,
            config.Model.Backbone,
            config.Model.Conventions,
            config.Data.ImagesPerStep / config.Solver.AccumulationSteps,
            config.Run.Seed,
            ((long)state.Iteration * config.Solver.AccumulationSteps) + 1
        );

    private bool IsDue(int interval) => interval > 0 && state.Iteration % interval == 0;

    private Stepped Step(BatchSource batches)
    {
        long started = Stopwatch.GetTimestamp();
        Setting setting = state.Setting;
        double learningRate = CoreApi.LearningRate(config, state);
        ImageBatch[] passes = [.. Enumerable.Range(0, config.Solver.AccumulationSteps).Select(_ => batches.Next())];
        StepReport? report = null;
        if (IsSkipped(passes))
        {
            state = CoreApi.Advance(config, state, BatchOutcome.NewSkipped(SkipReason.ImageWithoutBoxes));
        }
        else
        {
            report = step.Run(passes, setting, state.Iteration + 1, learningRate);
            if (report.NonFinite is null)
            {
                state = CoreApi.Advance(config, state, report.Outcome);
                average?.Update(state.Iteration);
            }
            else
            {
                state = CoreApi.AdvanceNonFinite(config, state, report.Outcome);
            }
        }
        int images = passes.Sum(pass => pass.Items.Count);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new Stepped(
            state,
            setting,
            learningRate,
            report,
            images,
            seconds,
            System.Environment.WorkingSet,
            ops.live_tensors
        );
    }

    // The authors' code leaves out a batch in which an image has no boxes.
    private bool IsSkipped(ImageBatch[] passes) =>
        config.Dynamic.Rule.IsOfficial && passes.Any(pass => pass.Items.Any(item => item.Labels.Length == 0));

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

    private Evaluated Evaluate(Dataset split, Panel panel)
    {
        long started = Stopwatch.GetTimestamp();
        LossConditions? conditions = config.Evaluation.ValidationLoss
            ? new LossConditions(state.Setting, config.Dynamic, config.Run.Seed)
            : null;
        Measurement measurement;
        using (average?.Applied())
        {
            measurement = new Evaluator(detector, config).Evaluate(split, conditions, panel.ImageIds);
        }
        EvaluationResult result = measurement.Result;
        state = CoreApi.WithEvaluation(state, result.AP);
        bool best = state.BestIteration == state.Iteration;
        EvaluationJson.Write(folder.EvaluationOf(state.Iteration), result, EvaluationNames.Of(split));
        if (best)
        {
            SaveTo(folder.BestCheckpoint);
        }
        return new Evaluated(state, measurement, best, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private Saved Save()
    {
        string path = folder.CheckpointOf(state.Iteration);
        SaveTo(path);
        folder.Prune(config.Checkpoint.Keep);
        return new Saved(path);
    }

    private void SaveTo(string path) =>
        CheckpointFile.Save(path, detector, optimizer, average, new Checkpoint(state, dataset.Classes, configJson));
}
