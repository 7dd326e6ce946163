using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Training;

/// <summary>The checkpoints of a run, which the process that keeps the folder writes and reads.</summary>
internal sealed class RunCheckpoints(
    RunFolder folder,
    TrainedParts parts,
    IReadOnlyList<ClassName> classes,
    string configJson,
    int keep,
    ResultWriter results
)
{
    /// <summary>Writes the checkpoint of a state and removes the oldest ones.</summary>
    /// <param name="state">The last iteration's.</param>
    /// <param name="isRequired">Whether the run ends with it.</param>
    /// <exception cref="RunException">It could not be written, and the run does not go on.</exception>
    internal RunEvent Save(TrainingState state, bool isRequired)
    {
        string path = folder.CheckpointOf(state.Iteration);
        NotSaved? notSaved = results.Try(
            () =>
            {
                Write(path, state);
                folder.Prune(keep);
            },
            isRequired
        );
        return notSaved as RunEvent ?? new Saved(path);
    }

    /// <summary>Whether there is one of that iteration.</summary>
    internal bool Has(int iteration) => File.Exists(folder.CheckpointOf(iteration));

    /// <summary>Writes the checkpoint with the best AP so far.</summary>
    internal void SaveBest(TrainingState state) => Write(folder.BestCheckpoint, state);

    /// <summary>Fills the parts from the last checkpoint.</summary>
    /// <exception cref="RunException">It does not belong to this model and these classes.</exception>
    internal (string Path, Checkpoint Checkpoint) LoadLast(Dataset dataset)
    {
        string path = folder.LastCheckpoint!;
        folder.RequireOwnFiles();
        Checkpoint checkpoint = CheckpointFile.Load(
            path,
            parts.Detector,
            parts.Optimizer.Momentum,
            parts.Average?.Tensors
        );
        ClassLists.Require(path, checkpoint.Classes, dataset);
        return (path, checkpoint);
    }

    private void Write(string path, TrainingState state) =>
        CheckpointFile.Save(
            path,
            parts.Detector,
            parts.Optimizer.Momentum,
            parts.Average?.Tensors,
            new Checkpoint(state, classes, configJson)
        );
}
