using System.Runtime.CompilerServices;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>Fills a new detector from whatever file it is to start from; the file's content says what it is.</summary>
public static class InitialWeights
{
    /// <param name="detector">Filled in place.</param>
    /// <param name="classes">What it will be trained to find, in the order of the labels.</param>
    /// <param name="path">A backbone, the checkpoint of a whole detector or the folder of its run, or the whole detector of another program.</param>
    /// <exception cref="RunException">The file cannot be read or does not fit; then the detector is unchanged.</exception>
    /// <remarks>Of a run's folder the best checkpoint is taken, or the last one where there is no best.</remarks>
    public static WeightReport Load(Detector detector, IReadOnlyList<ClassName> classes, string path)
    {
        string file = Directory.Exists(path) ? RunFolder.FindCheckpoint(path) : path;
        WeightReport report = Fill(detector, classes, file);
        // The file's bytes, as many as the detector's, would stay resident until a full collection, which a run may never need.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return file == path ? report : report with { Notes = [$"they are those of {file}", .. report.Notes] };
    }

    /// <summary>A frame of its own: when it is left, nothing refers to the file.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeightReport Fill(Detector detector, IReadOnlyList<ClassName> classes, string path)
    {
        TensorFile file = WeightFile.Read(path);
        if (CheckpointFile.IsCheckpoint(file))
        {
            return FineTuning.Load(detector, classes, path, file);
        }
        WeightReport report = ForeignDetector.TryOf(path, file) is { } foreign
            ? ImportedDetector.Load(detector, path, foreign, otherClasses: true)
            : BackboneWeights.Load(detector, path, file);
        return report with
        {
            Notes = [.. file.Notes, .. report.Notes, .. InputScale.Notes(detector, path, file, report.Loaded)],
        };
    }
}
