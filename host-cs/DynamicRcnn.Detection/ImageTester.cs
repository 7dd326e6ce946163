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
    /// <returns>In the image's own pixels, in the profile's order.</returns>
    internal DetectedObject[] Detect(ImageRecord image, RgbImage decoded, ImageBatch? unflipped = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable unrecorded = torch.no_grad();
        (double scaleX, double scaleY) = (0, 0);
        List<TestView> views = [];
        foreach (TestPass pass in passes)
        {
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
            ImageInput input = Upload.Images(batch, detector.device);
            views.Add(new TestView(input, scaleX / item.ScaleX, scaleY / item.ScaleY, item.Flipped));
        }
        return Read(multiScale.detect(views), scaleX, scaleY);
    }

    /// <summary>
    /// Pixels of the frame in which passes are merged for one of the image: the first pass's, or, where passes are averaged, the image's own.
    /// </summary>
    private (double X, double Y) Frame(BatchItem first) =>
        config.Evaluation.Testing.Kind.IsMMDetection && passes.Count > 1 ? (1, 1) : (first.ScaleX, first.ScaleY);

    private static DetectedObject[] Read(Detections detections, double scaleX, double scaleY)
    {
        float[] boxes = ops.to_array<float>(detections.Boxes);
        float[] scores = ops.to_array<float>(detections.Scores);
        long[] labels = ops.to_array<long>(detections.Labels);
        bool[] valid = ops.to_array<bool>(detections.Valid);
        return
        [
            .. Enumerable
                .Range(0, valid.Length)
                .Where(row => valid[row])
                .Select(row => new DetectedObject(
                    (float)(boxes[4 * row] / scaleX),
                    (float)(boxes[(4 * row) + 1] / scaleY),
                    (float)(boxes[(4 * row) + 2] / scaleX),
                    (float)(boxes[(4 * row) + 3] / scaleY),
                    (int)labels[row],
                    scores[row]
                )),
        ];
    }
}
