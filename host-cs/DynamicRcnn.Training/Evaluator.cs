using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Torch;

namespace DynamicRcnn.Training;

/// <summary>An object that was found in an image.</summary>
/// <param name="X1">Left, in the image's own pixels.</param>
/// <param name="Y1">Top.</param>
/// <param name="X2">Right.</param>
/// <param name="Y2">Bottom.</param>
/// <param name="Label">Place of its class among the detector's, from 0.</param>
/// <param name="Score">Confidence, 0 to 1.</param>
public readonly record struct Detection(float X1, float Y1, float X2, float Y2, int Label, float Score);

/// <summary>Runs a detector over images and measures what it finds as pycocotools does.</summary>
public sealed class Evaluator(Detector detector, ModelConfig model, DataConfig data)
{
    /// <summary>The objects in one image, best first.</summary>
    public IReadOnlyList<Detection> Detect(RgbImage image) =>
        Detect(BatchSource.One(image, data, model.Backbone, model.Conventions));

    /// <summary>COCO average precision over a whole split.</summary>
    /// <param name="dataset">Its classes must be the detector's, in the same order.</param>
    public EvaluationResult Evaluate(Dataset dataset)
    {
        int offset = model.Conventions.BoxOffset;
        List<DetectionBox> found = [];
        foreach (ImageBatch batch in BatchSource.Evaluate(dataset, data, model.Backbone, model.Conventions))
        {
            long image = batch.Items[0].Image.Id;
            found.AddRange(
                Detect(batch)
                    .Select(box => new DetectionBox(
                        image,
                        dataset.Classes[box.Label].Id,
                        box.X1,
                        box.Y1,
                        box.X2 - box.X1 + offset,
                        box.Y2 - box.Y1 + offset,
                        box.Score
                    ))
            );
        }
        return CoreApi.Evaluate(
            [.. dataset.Images.SelectMany(image => image.Boxes.Select(box => Truth(dataset, image, box)))],
            found,
            [.. dataset.Classes.Select(name => name.Id)],
            [.. dataset.Images.Select(image => image.Id)]
        );
    }

    private static EvaluationBox Truth(Dataset dataset, ImageRecord image, GroundTruthBox box) =>
        new(
            box.AnnotationId,
            image.Id,
            dataset.Classes[box.Label].Id,
            box.X1,
            box.Y1,
            box.X2 - box.X1,
            box.Y2 - box.Y1,
            box.Area,
            box.Crowd
        );

    private Detection[] Detect(ImageBatch batch)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable unrecorded = torch.no_grad();
        Detections detections = detector.detect(Upload.Images(batch));
        BatchItem item = batch.Items[0];
        float[] boxes = ops.to_array<float>(detections.Boxes);
        float[] scores = ops.to_array<float>(detections.Scores);
        long[] labels = ops.to_array<long>(detections.Labels);
        bool[] valid = ops.to_array<bool>(detections.Valid);
        return
        [
            .. Enumerable
                .Range(0, valid.Length)
                .Where(row => valid[row])
                .Select(row => new Detection(
                    (float)(boxes[4 * row] / item.ScaleX),
                    (float)(boxes[(4 * row) + 1] / item.ScaleY),
                    (float)(boxes[(4 * row) + 2] / item.ScaleX),
                    (float)(boxes[(4 * row) + 3] / item.ScaleY),
                    (int)labels[row],
                    scores[row]
                )),
        ];
    }
}
