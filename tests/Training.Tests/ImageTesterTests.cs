using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;
using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Training.Tests;

public sealed class ImageTesterTests : IDisposable
{
    private readonly RgbImage image;
    private readonly Detector detector;

    public ImageTesterTests()
    {
        Dataset dataset = DatasetReader.Open(SharedData.Folder("bccd"), "train");
        image = ImageCodec.ReadFile(dataset.Images[0].Path);
        torch.manual_seed(3);
        detector = new Detector(TestConfig.Tiny().Model, dataset.Classes.Count);
    }

    public void Dispose() => detector.Dispose();

    private IReadOnlyList<DetectedObject> Detect(TestingConfig? testing = null, SoftNmsKind? softNms = null) =>
        new Evaluator(detector, TestConfig.Tiny(testing: testing, softNms: softNms)).Detect(image);

    private static TestingConfig Several(TestingKind kind, bool flip = true) =>
        new(kind, scales: [112, 144], maxSides: [160, 256], flip);

    public static TheoryData<bool> Kinds => new() { false, true };

    private static TestingKind Kind(bool averaged) => averaged ? TestingKind.MMDetection : TestingKind.Official;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void One_unflipped_pass_is_a_plain_test_to_the_bit(bool averaged)
    {
        IReadOnlyList<DetectedObject> plain = Detect();
        Assert.NotEmpty(plain);
        Assert.Equal(plain, Detect(new TestingConfig(Kind(averaged), scales: [], maxSides: [1], flip: false)));
    }

    [Fact]
    public void Averaging_over_one_scale_is_a_plain_test_at_that_scale() =>
        Assert.Equal(
            Detect(),
            Detect(new TestingConfig(TestingKind.MMDetection, scales: [128], maxSides: [256], flip: false))
        );

    [Fact]
    public void In_bfloat16_the_boxes_are_those_of_float32_but_for_rounding_and_the_same_every_time()
    {
        Evaluator rounding = new(detector, TestConfig.Tiny(precision: Precision.BFloat16));
        IReadOnlyList<DetectedObject> found = rounding.Detect(image);
        IReadOnlyList<DetectedObject> exact = Detect();
        Assert.Equal(found, rounding.Detect(image));
        Assert.NotEqual(exact, found);
        Assert.NotEmpty(found);
        Assert.Equal(exact[0].Score, found[0].Score, 0.02f);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Several_passes_repeat_best_first_within_the_image_and_leave_no_tensor_behind(bool averaged)
    {
        TestingConfig testing = Several(Kind(averaged));
        IReadOnlyList<DetectedObject> first = Detect(testing);
        long live = TensorCount.Settled();
        Assert.Equal(first, Detect(testing));
        Assert.Equal(live, ops.live_tensors);
        Assert.NotEqual(Detect(), first);
        Assert.NotEqual(Detect(Several(Kind(averaged), flip: false)), first);
        Assert.Equal(first.Select(box => box.Score).OrderDescending(), first.Select(box => box.Score));
        Assert.All(first, box => Assert.InRange(box.X1, -0.01f, box.X2));
        Assert.All(first, box => Assert.InRange(box.X2, box.X1, image.Width + 0.01f));
        Assert.All(first, box => Assert.InRange(box.Y2, box.Y1, image.Height + 0.01f));
    }

    [Fact]
    public void Soft_suppression_keeps_the_best_box_and_changes_the_others()
    {
        IReadOnlyList<DetectedObject> plain = Detect();
        IReadOnlyList<DetectedObject> linear = Detect(softNms: SoftNmsKind.Linear);
        IReadOnlyList<DetectedObject> gaussian = Detect(softNms: SoftNmsKind.Gaussian);
        Assert.Equal(plain[0], linear[0]);
        Assert.Equal(plain[0], gaussian[0]);
        Assert.NotEqual(plain, gaussian);
        // A line leaves a box that overlaps by less than half alone, so the boxes of the plain test keep their scores.
        Assert.Subset(linear.ToHashSet(), plain.Where(box => box.Score >= linear[^1].Score).ToHashSet());
        Assert.True(linear.Count >= plain.Count, $"{linear.Count} boxes, plain {plain.Count}");
    }
}
