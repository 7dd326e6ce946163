using System.Globalization;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Detection;
using DynamicRcnn.Onnx;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>What --tiles makes of a detector.</summary>
internal static class TileArgument
{
    /// <summary>The detector itself, or one that looks at tiles and suppresses across their seams as the configuration says.</summary>
    /// <param name="detector">Disposed of with what is returned.</param>
    /// <param name="tiles">Null: none.</param>
    /// <exception cref="UsageException">The configuration's suppression cannot go across seams.</exception>
    public static IObjectDetector Over(TrainedDetector detector, TileOptions? tiles)
    {
        if (tiles is not { } given)
        {
            return detector;
        }
        SoftNmsKind kind = detector.Config.Evaluation.SoftNms.Kind;
        return kind.IsNone
            ? new TiledDetector(detector, new TileGrid(given.Size, given.Overlap), SeamRule.Of(detector.Config))
            : throw new UsageException([
                $"--tiles: evaluation.softNms.kind is {kind}, which lowers a score in each tile anew; expected None",
            ]);
    }

    /// <summary>The same of an exported detector.</summary>
    /// <param name="detector">Disposed of with what is returned.</param>
    /// <param name="tiles">Null: none.</param>
    /// <param name="path">Its file.</param>
    /// <exception cref="RunException">The file does not say how it suppresses.</exception>
    public static IObjectDetector Over(OnnxDetector detector, TileOptions? tiles, string path) =>
        tiles is not { } given ? detector
        : detector.Metadata.TryGetValue(OnnxMetadata.NmsIoU, out string? text)
        && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double iou)
            ? new TiledDetector(
                detector,
                new TileGrid(given.Size, given.Overlap),
                new SeamRule(
                    iou,
                    detector.BoxOffset,
                    detector.Metadata.GetValueOrDefault(OnnxMetadata.SuppressEqual) == "1",
                    detector.Metadata.GetValueOrDefault(OnnxMetadata.Suppression) == OnnxMetadata.AcrossClasses
                )
            )
        : throw new RunException(
            $"{path}: the file does not say at which IoU boxes suppress each other ({OnnxMetadata.NmsIoU}), which --tiles needs; export it again."
        );
}
