using DynamicRcnn.Detection;
using DynamicRcnn.Tests;
using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.Detection;

public static class MultiScaleDetectorTests
{
    private static readonly int[] NoScales = [];

    private static EvaluationConfig Evaluation(TestingKind kind, SoftNmsKind? softNms = null) =>
        new(
            interval: 0,
            validationLoss: false,
            patience: 0,
            panelImages: 0,
            new TestingConfig(kind, NoScales, maxSides: [2000], flip: false),
            new SoftNmsConfig(softNms ?? SoftNmsKind.None, sigma: 0.5, minimumScore: 0.001),
            suppressAcrossClasses: false,
            precision: Precision.Float32
        );

    private static Detector Make(ModelConfig config)
    {
        torch.manual_seed(4);
        return new Detector(config, DetectorBatch.ClassCount);
    }

    private static TestView Plain(ImageInput input) => new(input, 1, 1, Flipped: false);

    /// <summary>The mirror image as a camera would have taken it.</summary>
    private static ImageInput Mirror(ImageInput input)
    {
        long[] columns = [.. Enumerable.Range(0, DetectorBatch.Width).Reverse().Select(column => (long)column)];
        return input with { Images = input.Images.index_select(3, Longs([columns.Length], columns)) };
    }

    private static (float[] Boxes, float[] Scores, long[] Labels, bool[] Valid) Values(Detections detections) =>
        (Read(detections.Boxes), Read(detections.Scores), ReadLongs(detections.Labels), ReadBools(detections.Valid));

    public static TheoryData<bool, bool> Profiles =>
        new()
        {
            { true, true },
            { true, false },
            { false, true },
            { false, false },
        };

    [Theory]
    [MemberData(nameof(Profiles))]
    public static void One_unflipped_pass_is_a_plain_test_to_the_bit(bool legacy, bool averaged)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        ModelConfig model = TestConfig.Model(conventions: legacy ? TestConfig.Official : TestConfig.MMDetection);
        using Detector detector = Make(model);
        ImageInput input = DetectorBatch.Make().Input;
        MultiScaleDetector tester = new(
            detector,
            model,
            Evaluation(averaged ? TestingKind.MMDetection : TestingKind.Official)
        );
        var expected = Values(detector.detect(input));
        var actual = Values(tester.detect([Plain(input)]));
        Assert.Contains(true, expected.Valid);
        Assert.Equal(expected.Boxes, actual.Boxes);
        Assert.Equal(expected.Scores, actual.Scores);
        Assert.Equal(expected.Labels, actual.Labels);
        Assert.Equal(expected.Valid, actual.Valid);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public static void A_flipped_pass_gives_exactly_the_mirrored_boxes(bool legacy)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        ModelConfig model = TestConfig.Model(conventions: legacy ? TestConfig.Official : TestConfig.MMDetection);
        using Detector detector = Make(model);
        ImageInput input = DetectorBatch.Make().Input;
        MultiScaleDetector tester = new(detector, model, Evaluation(TestingKind.Official));
        var plain = Values(detector.detect(input));
        var flipped = Values(tester.detect([new TestView(input, 1, 1, Flipped: true)]));
        float last = DetectorBatch.Width - model.Conventions.BoxOffset;
        float[] mirrored =
        [
            .. plain.Boxes.Chunk(4).SelectMany(box => new[] { last - box[2], box[1], last - box[0], box[3] }),
        ];
        Assert.Equal(mirrored, flipped.Boxes);
        Assert.Equal(plain.Scores, flipped.Scores);
    }

    [Fact]
    public static void The_same_pass_twice_finds_nothing_more()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        ModelConfig model = TestConfig.Model();
        using Detector detector = Make(model);
        ImageInput input = DetectorBatch.Make().Input;
        MultiScaleDetector tester = new(detector, model, Evaluation(TestingKind.Official));
        Assert.Equal(Values(detector.detect(input)).Scores, Values(tester.detect([Plain(input), Plain(input)])).Scores);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public static void With_flips_a_mirrored_image_gives_mirrored_boxes(bool averaged)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        ModelConfig model = TestConfig.Model();
        using Detector detector = Make(model);
        ImageInput input = DetectorBatch.Make().Single(0).Input;
        ImageInput mirror = Mirror(input);
        MultiScaleDetector tester = new(
            detector,
            model,
            Evaluation(averaged ? TestingKind.MMDetection : TestingKind.Official)
        );
        var straight = Values(tester.detect([Plain(input), new TestView(mirror, 1, 1, Flipped: true)]));
        var mirrored = Values(tester.detect([Plain(mirror), new TestView(input, 1, 1, Flipped: true)]));
        Close(straight.Scores, mirrored.Scores, 1e-4);
        float[] best = [.. straight.Boxes[..4]];
        Close(
            [DetectorBatch.Width - best[2], best[1], DetectorBatch.Width - best[0], best[3]],
            mirrored.Boxes[..4],
            1e-3
        );
    }

    [Fact]
    public static void Averages_are_those_of_boxes_and_of_scores()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor valid = Bools([1, 2], true, false);
        ClassBoxes mean = MultiScaleDetector.Mean([
            new ClassBoxes(Floats([1, 2, 4], 0, 0, 10, 10, 1, 1, 2, 2), Floats([1, 2], 0.5f, 0), valid),
            new ClassBoxes(Floats([1, 2, 4], 2, 4, 12, 20, 1, 1, 2, 2), Floats([1, 2], 0.25f, 1), valid),
        ]);
        Assert.Equal([1f, 2, 11, 15, 1, 1, 2, 2], Read(mean.Boxes));
        Assert.Equal([0.375f, 0.5f], Read(mean.Scores));
        Assert.Equal([true, false], ReadBools(mean.Valid));
    }

    [Fact]
    public static void Merged_proposals_are_the_best_of_all_passes_without_those_that_overlap()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ModelConfig model = TestConfig.Model(rpn: TestConfig.Rpn(postNms: 3)); // suppression above IoU 0.85
        using Detector detector = Make(model);
        Proposals first = new(
            Floats([1, 3, 4], 0, 0, 100, 100, 200, 0, 210, 10, 0, 0, 0, 0),
            Bools([1, 3], true, true, false),
            Floats([1, 3], 2, -1, float.NegativeInfinity)
        );
        Proposals second = new(
            Floats([1, 3, 4], 0, 0, 100, 90, 0, 0, 100, 80, 300, 0, 310, 10),
            Bools([1, 3], true, true, true),
            Floats([1, 3], 3, 1, -2)
        );
        Proposals merged = new MultiScaleDetector(detector, model, Evaluation(TestingKind.MMDetection)).Merged([
            first,
            second,
        ]);
        // 90 rows first; it suppresses 100 rows (IoU 0.9) and 80 rows (0.889). The last one finds no place unless there is room.
        Assert.Equal([0f, 0, 100, 90, 200, 0, 210, 10, 300, 0, 310, 10], Read(merged.Boxes));
        Assert.Equal([true, true, true], ReadBools(merged.Valid));
        Assert.Equal([3f, -1, -2], Read(merged.Logits));
    }

    [Fact]
    public static void Testing_repeats_and_leaves_no_tensor_behind()
    {
        using IDisposable noGrad = torch.no_grad();
        ModelConfig model = TestConfig.Model();
        using Detector detector = Make(model);
        _ = TensorCount.Settled();
        foreach (TestingKind kind in new[] { TestingKind.Official, TestingKind.MMDetection })
        {
            MultiScaleDetector tester = new(detector, model, Evaluation(kind, SoftNmsKind.Linear));
            float[][] boxes = new float[3][];
            long[] live = new long[3];
            for (int run = 0; run < 3; run++)
            {
                using (DisposeScope scope = torch.NewDisposeScope())
                {
                    ImageInput input = DetectorBatch.Make().Input;
                    TestView mirror = new(Mirror(input), 1, 1, Flipped: true);
                    boxes[run] = Read(tester.detect([Plain(input), mirror]).Boxes);
                }
                live[run] = ops.live_tensors;
            }
            Assert.Equal(boxes[0], boxes[1]);
            Assert.Equal(boxes[0], boxes[2]);
            Assert.Equal(live[0], live[1]);
            Assert.Equal(live[0], live[2]);
        }
    }
}
