using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Detection;

/// <summary>What validation losses depend on beside weights and images. The sampling is that of iteration 0, the same each time.</summary>
/// <param name="Stages">Of each box head the IoU threshold and beta in force, and its schedule.</param>
/// <param name="Seed">The run's.</param>
public sealed record LossConditions(IReadOnlyList<(Setting Setting, DynamicConfig Dynamic)> Stages, long Seed);

/// <summary>Runs a detector over images and measures what it finds as pycocotools does.</summary>
public sealed class Evaluator(Detector detector, Config config)
{
    private readonly DataConfig data = config.Data;
    private readonly ModelConfig model = config.Model;
    private readonly ImageTester tester = new(detector, config);

    /// <summary>The most pixels of an image that is looked at.</summary>
    public long MaxPixels => data.MaxPixels;

    /// <summary>The objects in one image, best first.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="cancellation">Looked at between the parts of the network.</param>
    /// <exception cref="OperationCanceledException">It was cut off.</exception>
    public IReadOnlyList<DetectedObject> Detect(RgbImage image, CancellationToken cancellation = default) =>
        BestFirst(tester.Detect(BatchSource.Unnamed(image), image, unflipped: null, cancellation));

    /// <summary>The objects in each of several images, best first. Images that need no other padding than alone share a pass.</summary>
    /// <param name="images">The pictures.</param>
    /// <param name="cancellation">Looked at between the parts of the network.</param>
    /// <exception cref="OperationCanceledException">It was cut off.</exception>
    public IReadOnlyList<IReadOnlyList<DetectedObject>> Detect(
        IReadOnlyList<RgbImage> images,
        CancellationToken cancellation = default
    ) => [.. tester.Detect(images, cancellation).Select(BestFirst)];

    private static DetectedObject[] BestFirst(DetectedObject[] found) => [.. found.OrderByDescending(box => box.Score)];

    /// <summary>COCO average precision over a whole split, and the losses if there are conditions for them.</summary>
    /// <param name="dataset">Its classes must be the detector's, in the same order.</param>
    /// <param name="conditions">Null: no losses.</param>
    /// <param name="kept">Ids of the images whose detections the result holds; null: of none.</param>
    /// <param name="measured">Told how many images have been looked at, after each; null: nobody is told.</param>
    /// <param name="cancellation">Looked at after each image.</param>
    /// <exception cref="DataException">An image cannot be used and the data is strict, or none can.</exception>
    /// <exception cref="OperationCanceledException">It was cut off.</exception>
    public Measurement Evaluate(
        Dataset dataset,
        LossConditions? conditions = null,
        IReadOnlySet<long>? kept = null,
        Action<int>? measured = null,
        CancellationToken cancellation = default
    )
    {
        MeasuredImage[] images = [.. MeasureAll(dataset, conditions, measured, cancellation)];
        return Judge(dataset, images, kept);
    }

    /// <summary>The same detections, for average precision over many samples of the images.</summary>
    /// <param name="dataset">Its classes must be the detector's, in the same order.</param>
    /// <param name="cancellation">Looked at after each image.</param>
    /// <exception cref="DataException">An image cannot be used and the data is strict, or none can.</exception>
    /// <exception cref="OperationCanceledException">It was cut off.</exception>
    public ResampledPrecision Resampled(Dataset dataset, CancellationToken cancellation = default)
    {
        MeasuredImage[] images = [.. MeasureAll(dataset, conditions: null, measured: null, cancellation)];
        JudgedBoxes boxes = Boxes(dataset, images, model.Conventions.BoxOffset);
        return ResampledPrecision.Of(boxes.Truths, boxes.Found, boxes.Classes, boxes.Images);
    }

    private IEnumerable<MeasuredImage> MeasureAll(
        Dataset dataset,
        LossConditions? conditions,
        Action<int>? measured,
        CancellationToken cancellation
    ) =>
        dataset.Images.Select(
            (image, place) =>
            {
                cancellation.ThrowIfCancellationRequested();
                MeasuredImage found = Measure(image, place, conditions);
                measured?.Invoke(place + 1);
                return found;
            }
        );

    /// <summary>COCO average precision of any detector over a whole split.</summary>
    /// <param name="detector">Finds the objects.</param>
    /// <param name="boxOffset">1 where its profile's widths count the last pixel too, else 0.</param>
    /// <param name="dataset">Its classes must be the detector's, in the same order.</param>
    /// <param name="measured">Told how many images have been looked at, after each; null: nobody is told.</param>
    /// <exception cref="DataException">No image can be used.</exception>
    public static Measurement Evaluate(
        IObjectDetector detector,
        int boxOffset,
        Dataset dataset,
        Action<int>? measured = null
    )
    {
        MeasuredImage[] images = [.. dataset.Images.Select(Measured)];
        return Judge(dataset, images, kept: null, boxOffset);

        MeasuredImage Measured(ImageRecord image, int place)
        {
            List<Finding> findings = [];
            DetectedObject[] found = Read(image, findings, strict: false) is { } decoded
                ? [.. detector.Detect(decoded)]
                : [];
            measured?.Invoke(place + 1);
            return new MeasuredImage(place, found, Losses: null, findings.FirstOrDefault());
        }
    }

    /// <summary>What is found in one image, and its losses.</summary>
    internal MeasuredImage Measure(ImageRecord image, int place, LossConditions? conditions)
    {
        List<Finding> findings = [];
        if (Read(image, findings, data.Strict) is not { } decoded)
        {
            return new MeasuredImage(place, [], Losses: null, findings[0]);
        }
        ImageBatch? batch = conditions is null
            ? null
            : BatchSource.One(image, decoded, data, model.Backbone, model.Conventions);
        DetectedObject[] found = tester.Detect(image, decoded, batch);
        return new MeasuredImage(place, found, batch is null ? null : Losses(batch, conditions!), Finding: null);
    }

    /// <summary>The figures, from all images in the order of the data set.</summary>
    internal Measurement Judge(Dataset dataset, IReadOnlyList<MeasuredImage> images, IReadOnlySet<long>? kept) =>
        Judge(dataset, images, kept, model.Conventions.BoxOffset);

    private static Measurement Judge(
        Dataset dataset,
        IReadOnlyList<MeasuredImage> images,
        IReadOnlySet<long>? kept,
        int boxOffset
    )
    {
        JudgedBoxes boxes = Boxes(dataset, images, boxOffset);
        EvaluationResult result = CocoEvaluation.Evaluate(boxes.Truths, boxes.Found, boxes.Classes, boxes.Images);
        Dictionary<long, IReadOnlyList<DetectedObject>> keptDetections = images
            .Where(each => each.Finding is null && kept?.Contains(dataset.Images[each.Place].Id) == true)
            .ToDictionary(each => dataset.Images[each.Place].Id, each => (IReadOnlyList<DetectedObject>)each.Found);
        StepLosses[] losses = [.. images.Select(image => image.Losses).OfType<StepLosses>()];
        return new Measurement(
            result,
            losses.Length > 0 ? StepLosses.Mean(losses) : null,
            [.. images.Select(image => image.Finding).OfType<Finding>()],
            keptDetections
        );
    }

    /// <summary>What COCO's evaluation reads of the images that could be decoded.</summary>
    private static JudgedBoxes Boxes(Dataset dataset, IReadOnlyList<MeasuredImage> images, int boxOffset)
    {
        MeasuredImage[] decoded = [.. images.Where(each => each.Finding is null)];
        if (decoded.Length == 0)
        {
            throw new DataException($"{dataset.Name}: no image of the split '{dataset.Split}' can be decoded.");
        }
        ImageRecord[] measured = [.. decoded.Select(each => dataset.Images[each.Place])];
        return new JudgedBoxes(
            [.. measured.SelectMany(image => image.Boxes.Select(box => Truth(dataset, image, box)))],
            [
                .. decoded.SelectMany(each =>
                    each.Found.Select(box =>
                        WrittenBox.Of(box, dataset.Images[each.Place], dataset.Classes[box.Label], boxOffset)
                    )
                ),
            ],
            [.. dataset.Classes.Select(name => name.Id)],
            [.. measured.Select(image => image.Id)]
        );
    }

    private static RgbImage? Read(ImageRecord image, List<Finding> findings, bool strict)
    {
        try
        {
            RgbImage decoded = image.Decode();
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
                strict
                    ? throw new DataException(cause)
                    : new Finding(kind, image.Path, $"{cause}; the evaluation goes on without it.")
            );
    }

    private StepLosses? Losses(ImageBatch batch, LossConditions conditions)
    {
        if (DynamicTraining.SkipsImagesWithoutBoxes(conditions.Stages[0].Dynamic) && batch.Items[0].Labels.Length == 0)
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
            [
                .. conditions.Stages.Select(stage => new StageSetting(
                    torch.tensor((float)stage.Setting.IoUThreshold, device),
                    torch.tensor((float)stage.Setting.Beta, device),
                    stage.Dynamic
                )),
            ],
            new SamplingSeed(conditions.Seed, torch.zeros([1], torch.ScalarType.Int64, device))
        );
        return StepLosses.Of([.. output.Losses.All.Select(Number)]);
    }

    private static double Number(torch.Tensor loss) => loss.to(torch.ScalarType.Float64).item<double>();

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

    private sealed record JudgedBoxes(EvaluationBox[] Truths, DetectionBox[] Found, long[] Classes, long[] Images);
}
