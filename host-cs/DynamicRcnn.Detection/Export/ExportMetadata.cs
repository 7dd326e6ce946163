using System.Globalization;
using System.Security.Cryptography;
using DynamicRcnn.Core;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Detection;

/// <summary>What an exported file says of the detector in it.</summary>
internal static class ExportMetadata
{
    /// <param name="detector">What is exported.</param>
    /// <param name="form">What the file is given and gives.</param>
    /// <param name="file">Where the detector was read; null: it says nothing of that.</param>
    public static IEnumerable<KeyValuePair<string, string>> Of(
        TrainedDetector detector,
        OnnxForm form,
        DetectorFile? file
    )
    {
        Config config = detector.Config;
        yield return new("task", "detect");
        yield return new(OnnxMetadata.Names, OnnxMetadata.Dictionary(detector.Classes));
        yield return new(OnnxMetadata.Classes, OnnxMetadata.Write(detector.Classes));
        yield return new(OnnxMetadata.Input, form.FromTensor ? OnnxMetadata.Tensor : OnnxMetadata.Picture);
        yield return new(OnnxMetadata.Output, form.Raw ? OnnxMetadata.Raw : OnnxMetadata.Detections);
        yield return new("preset", config.Preset);
        yield return new("profile", config.Model.Conventions.BoxOffset == 1 ? "official" : "mmdet");
        yield return new(OnnxMetadata.BoxOffset, Text(config.Model.Conventions.BoxOffset));
        yield return new(OnnxMetadata.ScoreThreshold, Text(config.Model.RoIHead.ScoreThreshold));
        if (detector.ScoreThresholds is { } best)
        {
            yield return new(OnnxMetadata.BestScore, Text(best.All));
            yield return new(OnnxMetadata.BestScores, $"[{string.Join(',', best.ByClass.Select(Text))}]");
        }
        if (file is null)
        {
            yield break;
        }
        if (file.Checkpoint is { } checkpoint)
        {
            yield return new("iteration", Text(checkpoint.State.Iteration));
            // What is measured is the best checkpoint of a run; another one of it may be worse.
            if (checkpoint.State.BestAP >= 0 && checkpoint.State.BestIteration == checkpoint.State.Iteration)
            {
                yield return new("ap", Text(checkpoint.State.BestAP));
            }
        }
        using FileStream stream = File.OpenRead(file.Path);
        yield return new("checkpoint_sha256", Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
