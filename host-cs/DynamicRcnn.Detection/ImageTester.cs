using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Detection;

/// <summary>Finds the objects in one image in the passes that <c>evaluation.testing</c> asks for.</summary>
internal sealed class ImageTester(Detector detector, Config config)
{
    private readonly MultiScaleDetector multiScale = new(detector, config.Model, config.Evaluation);
    private readonly IReadOnlyList<TestPass> passes = TestPass.Of(config.Data, config.Evaluation.Testing);

    /// <param name="image">Of the data set.</param>
    /// <param name="decoded">Its pixels.</param>
    /// <param name="unflipped">The image as the unflipped pass at the evaluation size has it, where it is at hand.</param>
    /// <param name="cancellation">Looked at between the parts of the network.</param>
    /// <returns>In the image's own pixels, in the profile's order.</returns>
    internal DetectedObject[] Detect(
        ImageRecord image,
        RgbImage decoded,
        ImageBatch? unflipped = null,
        CancellationToken cancellation = default
    )
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable unrecorded = torch.no_grad();
        (double scaleX, double scaleY) = (0, 0);
        List<TestView> views = [];
        foreach (TestPass pass in passes)
        {
            cancellation.ThrowIfCancellationRequested();
            ImageBatch batch =
                unflipped is not null && pass == TestPass.Base(config.Data)
                    ? unflipped
                    : BatchSource.One(
                        image,
                        decoded,
                        config.Data,
                        config.Model.Backbone,
                        config.Model.Conventions,
                        pass
                    );
            BatchItem item = batch.Items[0];
            if (views.Count == 0)
            {
                (scaleX, scaleY) = Frame(item);
            }
            ImageInput input = Input(batch);
            views.Add(new TestView(input, scaleX / item.ScaleX, scaleY / item.ScaleY, item.Flipped));
        }
        return Read(multiScale.detect(views, cancellation), [(scaleX, scaleY)])[0];
    }

    /// <summary>Images by themselves, those together that need no other padding than alone. Where the test is not one pass at the evaluation size each image has its own.</summary>
    /// <returns>For each image what <see cref="Detect(ImageRecord, RgbImage, ImageBatch?, CancellationToken)"/> gives, but for rounding.</returns>
    internal DetectedObject[][] Detect(IReadOnlyList<RgbImage> images, CancellationToken cancellation)
    {
        if (passes is not [var only] || only != TestPass.Base(config.Data))
        {
            return
            [
                .. images.Select(image => Detect(BatchSource.Unnamed(image), image, unflipped: null, cancellation)),
            ];
        }
        DetectedObject[][] found = new DetectedObject[images.Count][];
        (DataConfig data, ModelConfig model) = (config.Data, config.Model);
        foreach (
            (int[] places, ImageBatch batch) in BatchSource.OfEqualSize(images, data, model.Backbone, model.Conventions)
        )
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable unrecorded = torch.no_grad();
            TestView view = new(Input(batch), FrameX: 1, FrameY: 1, Flipped: false);
            DetectedObject[][] each = Read(
                multiScale.detect([view], cancellation),
                [.. batch.Items.Select(item => (item.ScaleX, item.ScaleY))]
            );
            for (int place = 0; place < places.Length; place++)
            {
                found[places[place]] = each[place];
            }
        }
        return found;
    }

    private ImageInput Input(ImageBatch batch)
    {
        ImageInput input = Upload.Images(batch, detector.device);
        return config.Evaluation.Precision.IsBFloat16
            ? input with
            {
                Images = input.Images.to(torch.ScalarType.BFloat16),
            }
            : input;
    }

    /// <summary>
    /// Pixels of the frame in which passes are merged for one of the image: the first pass's, or, where passes are averaged, the image's own.
    /// </summary>
    private (double X, double Y) Frame(BatchItem first) =>
        config.Evaluation.Testing.Kind.IsMMDetection && passes.Count > 1 ? (1, 1) : (first.ScaleX, first.ScaleY);

    /// <summary>The detections of each image.</summary>
    /// <param name="detections">Of a batch.</param>
    /// <param name="scales">Their pixels for one of the image along (x, y).</param>
    private static DetectedObject[][] Read(Detections detections, (double X, double Y)[] scales)
    {
        float[] boxes = ops.to_array<float>(detections.Boxes);
        float[] scores = ops.to_array<float>(detections.Scores);
        long[] labels = ops.to_array<long>(detections.Labels);
        bool[] valid = ops.to_array<bool>(detections.Valid);
        int rows = valid.Length / scales.Length;
        return [.. scales.Select((scale, image) => OfImage(image * rows, scale))];

        DetectedObject[] OfImage(int first, (double X, double Y) scale) =>
            [
                .. Enumerable
                    .Range(first, rows)
                    .Where(row => valid[row])
                    .Select(row => new DetectedObject(
                        (float)(boxes[4 * row] / scale.X),
                        (float)(boxes[(4 * row) + 1] / scale.Y),
                        (float)(boxes[(4 * row) + 2] / scale.X),
                        (float)(boxes[(4 * row) + 3] / scale.Y),
                        (int)labels[row],
                        scores[row]
                    )),
            ];
    }
}
