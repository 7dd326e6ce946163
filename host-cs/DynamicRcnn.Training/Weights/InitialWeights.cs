using DynamicRcnn.Data;
using DynamicRcnn.Model;

namespace DynamicRcnn.Training.Weights;

/// <summary>Fills a new detector from whatever file it is to start from; the file's content says what it is.</summary>
public static class InitialWeights
{
    /// <param name="detector">Filled in place.</param>
    /// <param name="classes">What it will be trained to find, in the order of the labels.</param>
    /// <param name="path">A backbone (safetensors or a zip-format <c>.pth</c>) or the checkpoint of a whole detector.</param>
    /// <exception cref="RunException">The file cannot be read or does not fit; then the detector is unchanged.</exception>
    public static WeightReport Load(Detector detector, IReadOnlyList<ClassName> classes, string path)
    {
        TensorFile file = WeightFile.Read(path);
        return CheckpointFile.IsCheckpoint(file)
            ? FineTuning.Load(detector, classes, path, file)
            : BackboneWeights.Load(detector, path, file);
    }
}
