using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Training.Distributed;

namespace DynamicRcnn.Training;

/// <summary>An object that was found in an image.</summary>
/// <param name="X1">Left, in the image's own pixels.</param>
/// <param name="Y1">Top.</param>
/// <param name="X2">Right.</param>
/// <param name="Y2">Bottom.</param>
/// <param name="Label">Place of its class among the detector's, from 0.</param>
/// <param name="Score">Confidence, 0 to 1.</param>
public readonly record struct Detection(float X1, float Y1, float X2, float Y2, int Label, float Score);

/// <summary>What validation losses depend on beside weights and images. The sampling is that of iteration 0, the same each time.</summary>
/// <param name="Setting">IoU threshold and beta, the ones in force.</param>
/// <param name="Dynamic">The rule of the schedule.</param>
/// <param name="Seed">The run's.</param>
public sealed record LossConditions(Setting Setting, DynamicConfig Dynamic, long Seed);

/// <summary>A detector's figures on a split.</summary>
/// <param name="Result">COCO average precision.</param>
/// <param name="Losses">Means over the images; null when they were not asked for, or no image could give any.</param>
/// <param name="Findings">Images that had to be left out, ground truth included.</param>
/// <param name="Kept">What was found in the images that were asked for, by image id.</param>
public sealed record Measurement(
    EvaluationResult Result,
    StepLosses? Losses,
    IReadOnlyList<Finding> Findings,
    IReadOnlyDictionary<long, IReadOnlyList<Detection>> Kept
);

/// <summary>Runs a detector over images and measures what it finds as pycocotools does.</summary>
public sealed class Evaluator(Detector detector, Config config)
{
    private readonly DataConfig data = config.Data;
    private readonly ModelConfig model = config.Model;
    private readonly ImageTester tester = new(detector, config);

    /// <summary>The objects in one image, best first.</summary>
    public IReadOnlyList<Detection> Detect(RgbImage image) =>
        [
            .. tester
                .Detect(new ImageRecord(0, "", "", image.Width, image.Height, []), image)
                .OrderByDescending(box => box.Score),
        ];

    /// <summary>COCO average precision over a whole split, and the losses if there are conditions for them.</summary>
    /// <param name="dataset">Its classes must be the detector's, in the same order.</param>
    /// <param name="conditions">Null: no losses.</param>
    /// <param name="kept">Ids of the images whose detections the result holds; null: of none.</param>
    /// <param name="cancellation">Looked at after each image.</param>
    /// <exception cref="DataException">An image cannot be used and the data is strict, or none can.</exception>
    /// <exception cref="OperationCanceledException">It was cut off.</exception>
    public Measurement Evaluate(
        Dataset dataset,
        LossConditions? conditions = null,
        IReadOnlySet<long>? kept = null,
        CancellationToken cancellation = default
    )
    {
        MeasuredImage[] images =
        [
            .. dataset.Images.Select(
                (image, place) =>
                {
                    cancellation.ThrowIfCancellationRequested();
                    return Measure(image, place, conditions);
                }
            ),
        ];
        return Judge(dataset, images, kept);
    }

    /// <summary>The same with the images shared among the processes of a job, which all call it. The figures are those of one process.</summary>
    /// <returns>Null in all processes but the first.</returns>
    /// <exception cref="DataException">An image cannot be used and the data is strict, or none can.</exception>
    /// <exception cref="OperationCanceledException">It was cut off in one of the processes; it is in all of them.</exception>
    /// <exception cref="PeerFailureException">Another process is gone.</exception>
    public Measurement? EvaluateShared(
        ProcessGroup group,
        Dataset dataset,
        LossConditions? conditions,
        IReadOnlySet<long>? kept,
        CancellationToken cancellation = default
    )
    {
        MeasuredImage[] own =
        [
            .. dataset
                .Images.Index()
                .Where(entry => entry.Index % group.Size == group.Rank)
                .TakeWhile(_ => !cancellation.IsCancellationRequested)
                .Select(entry => Measure(entry.Item, entry.Index, conditions)),
        ];
        if (group.Any(cancellation.IsCancellationRequested))
        {
            throw new OperationCanceledException(cancellation);
        }
        IReadOnlyList<byte[]> all = group.Gather(MeasuredImage.Write(own));
        return group.IsFirst
            ? Judge(dataset, [.. all.SelectMany(MeasuredImage.Read).OrderBy(image => image.Place)], kept)
            : null;
    }

    /// <summary>What is found in one image, and its losses.</summary>
    private MeasuredImage Measure(ImageRecord image, int place, LossConditions? conditions)
    {
        List<Finding> findings = [];
        if (Read(image, findings) is not { } decoded)
        {
            return new MeasuredImage(place, [], Losses: null, findings[0]);
        }
        ImageBatch? batch = conditions is null
            ? null
            : BatchSource.One(image, decoded, data, model.Backbone, model.Conventions);
        Detection[] found = tester.Detect(image, decoded, batch);
        return new MeasuredImage(place, found, batch is null ? null : Losses(batch, conditions!), Finding: null);
    }

    /// <summary>The figures, from all images in the order of the data set.</summary>
    private Measurement Judge(Dataset dataset, IReadOnlyList<MeasuredImage> images, IReadOnlySet<long>? kept)
    {
        Dictionary<long, IReadOnlyList<Detection>> keptDetections = [];
        List<DetectionBox> found = [];
        List<ImageRecord> measured = [];
        foreach (MeasuredImage each in images.Where(each => each.Finding is null))
        {
            ImageRecord image = dataset.Images[each.Place];
            measured.Add(image);
            found.AddRange(
                each.Found.Select(box => WrittenBox.Of(box, image, dataset.Classes[box.Label], model.Conventions))
            );
            if (kept?.Contains(image.Id) == true)
            {
                keptDetections[image.Id] = each.Found;
            }
        }
        if (measured.Count == 0)
        {
            throw new DataException($"{dataset.Name}: no image of the split '{dataset.Split}' can be decoded.");
        }
        EvaluationResult result = CoreApi.Evaluate(
            [.. measured.SelectMany(image => image.Boxes.Select(box => Truth(dataset, image, box)))],
            found,
            [.. dataset.Classes.Select(name => name.Id)],
            [.. measured.Select(image => image.Id)]
        );
        StepLosses[] losses = [.. images.Select(image => image.Losses).OfType<StepLosses>()];
        return new Measurement(
            result,
            losses.Length > 0 ? StepLosses.Mean(losses) : null,
            [.. images.Select(image => image.Finding).OfType<Finding>()],
            keptDetections
        );
    }

    private RgbImage? Read(ImageRecord image, List<Finding> findings)
    {
        try
        {
            RgbImage decoded = ImageCodec.ReadFile(image.Path);
            if (image.Mismatch(decoded) is not { } mismatch)
            {
                return decoded;
            }
            Report(FindingKind.SizeMismatch, $"{image.Path}: {mismatch}");
        }
        catch (ImageException error)
        {
            Report(FindingKind.UndecodableImage, error.Message.TrimEnd('.'));
        }
        return null;

        void Report(FindingKind kind, string cause) =>
            findings.Add(
                data.Strict
                    ? throw new DataException(cause)
                    : new Finding(kind, image.Path, $"{cause}; the evaluation goes on without it.")
            );
    }

    private StepLosses? Losses(ImageBatch batch, LossConditions conditions)
    {
        // The authors' code has no loss for an image without boxes.
        if (conditions.Dynamic.Rule.IsOfficial && batch.Items[0].Labels.Length == 0)
        {
            return null;
        }
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable unrecorded = torch.no_grad();
        torch.Device device = detector.device;
        (ImageInput input, GroundTruth truth) = Upload.Training(PaddedPass.Alone(batch), device);
        TrainingOutput output = detector.forward_training(
            input,
            truth,
            torch.tensor((float)conditions.Setting.IoUThreshold, device),
            torch.tensor((float)conditions.Setting.Beta, device),
            conditions.Dynamic,
            new SamplingSeed(conditions.Seed, 0)
        );
        return StepLosses.Of(output.Losses);
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
}
