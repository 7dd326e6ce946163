using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.RoIHead;

public static class DetectionSelectorTests
{
    private static readonly float[] Sizes = [100, 100];

    private static Detections Select(
        float[] logits,
        float[] boxes,
        bool[] valid,
        Conventions conventions,
        float scale = 1,
        bool acrossClasses = false
    )
    {
        ClassLayout layout = new(2, conventions.BackgroundFirst);
        int count = valid.Length;
        DetectionSelector selector = new(TestConfig.RoIHead(scoreThreshold: 0.3), conventions, layout);
        BoxHeadOutput output = new(Floats([count, 3], logits), torch.zeros([count, 4 * layout.BoxCount]));
        Proposals proposals = new(Floats([1, count, 4], boxes), Bools([1, count], valid), torch.zeros([1, count]));
        ClassBoxes found = selector.Decode(output.Logits.softmax(1), output.Deltas, proposals, Floats([1, 2], Sizes));
        return selector.Select(found, softNms: null, Floats([1, 2], scale, scale), acrossClasses);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public static void Suppression_is_within_a_class_and_the_profile_orders_by_class_or_by_score(bool official)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Conventions conventions = official ? TestConfig.Official : TestConfig.MMDetection;
        int background = official ? 0 : 2;
        int first = official ? 1 : 0;
        // Rows: class 0 strong, class 0 weaker on the same place, class 1 there too, class 1 elsewhere but not valid, background.
        float[] logits = new float[15];
        logits[first] = 5;
        logits[3 + first] = 4;
        logits[6 + first + 1] = 6;
        logits[9 + first + 1] = 7;
        logits[12 + background] = 8;
        float[] place = [10, 10, 60, 60];
        float[] boxes = [.. place, .. place, .. place, 70, 70, 90, 90, 0, 0, 30, 30];
        Detections detections = Select(logits, boxes, [true, true, true, false, true], conventions);
        Assert.Equal([1, 10], detections.Labels.shape);
        Assert.Equal([true, true], ReadBools(detections.Valid)[..2]);
        Assert.Equal(2, ReadBools(detections.Valid).Count(valid => valid));
        Assert.Equal(official ? [0, 1] : [1, 0], ReadLongs(detections.Labels)[..2]);
        float[] scores = Read(detections.Scores);
        (int strong, int weak) = official ? (1, 0) : (0, 1);
        Assert.Equal(Math.Exp(6) / (Math.Exp(6) + 2), scores[strong], 1e-5);
        Assert.Equal(Math.Exp(5) / (Math.Exp(5) + 2), scores[weak], 1e-5);
        Assert.All(scores[2..], score => Assert.Equal(0, score));
        Close(place, Read(detections.Boxes)[..4], 1e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public static void Across_classes_a_place_keeps_its_best_box_and_images_have_nothing_to_do_with_each_other(
        bool official
    )
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Conventions conventions = official ? TestConfig.Official : TestConfig.MMDetection;
        ClassLayout layout = new(2, conventions.BackgroundFirst);
        DetectionSelector selector = new(TestConfig.RoIHead(scoreThreshold: 0.3), conventions, layout);
        // Two images, each with a box of class 0, a better one of class 1 on it, and one of class 0 elsewhere: [N, P * K].
        float[] place = [10, 10, 60, 60];
        float[] elsewhere = [70, 70, 90, 90];
        float[] image = [.. place, .. place, .. place, .. place, .. elsewhere, .. elsewhere];
        ClassBoxes found = new(
            Floats([2, 6, 4], [.. image, .. image]),
            Floats([2, 6], 0.6f, 0, 0, 0.8f, 0.5f, 0, 0.9f, 0, 0, 0.4f, 0.7f, 0),
            Bools([2, 6], [.. Enumerable.Repeat(true, 12)])
        );
        Detections within = selector.Select(found, softNms: null, scales: null);
        Assert.Equal(6, ReadBools(within.Valid).Count(valid => valid));
        Detections across = selector.Select(found, softNms: null, scales: null, acrossClasses: true);
        bool[] valid = ReadBools(across.Valid);
        int columns = valid.Length / 2;
        Assert.Equal(2, valid[..columns].Count(each => each));
        Assert.Equal(2, valid[columns..].Count(each => each));
        float[] scores = Read(across.Scores);
        Assert.Equal([0.5f, 0.8f], scores[..2].Order());
        Assert.Equal([0.7f, 0.9f], scores[columns..(columns + 2)].Order());
    }

    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 1)]
    public static void At_an_IoU_equal_to_the_threshold_the_authors_code_drops_the_box(bool official, int left)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Conventions conventions = official ? TestConfig.Official : TestConfig.MMDetection;
        float far = 9 + (1 - conventions.BoxOffset);
        float[] logits = OfClassZero(conventions, 5, 4);
        // Half of the first box, to the bit: 10 x 10 and 10 x 5 pixels.
        float[] boxes = [0, 0, far, far, 0, 0, far, far - 5];
        Detections detections = Select(logits, boxes, [true, true], conventions);
        Assert.Equal(left, ReadBools(detections.Valid).Count(valid => valid));
    }

    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 1)]
    public static void Suppression_after_rescaling_compares_boxes_in_the_images_own_pixels(bool first, int left)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Conventions conventions = TestConfig.Changed("boxOffset=1", $"rescaleBeforeNms={first}");
        // With widths that count a pixel more: IoU 0.4 at the network's scale, 0.68 at a tenth of it.
        float[] boxes = [0, 0, 9, 9, 0, 0, 9, 3];
        Detections detections = Select(OfClassZero(conventions, 5, 4), boxes, [true, true], conventions, scale: 10);
        Assert.Equal(left, ReadBools(detections.Valid).Count(valid => valid));
        Close([0, 0, 9, 9], Read(detections.Boxes)[..4], 1e-5);
    }

    [Theory]
    [InlineData(false, 20)]
    [InlineData(true, 25)]
    public static void Ties_at_the_cap_are_kept_by_the_authors_code_alone(bool official, int left)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Conventions conventions = official ? TestConfig.Official : TestConfig.MMDetection;
        // Two strong boxes, 23 equal ones, three weaker; the cap is 20.
        float[] strengths = [5, 5, .. Enumerable.Repeat(4f, 23), 3, 3, 3];
        float[] boxes = [.. strengths.SelectMany((_, i) => new float[] { 3 * i, 0, (3 * i) + 2, 2 })];
        bool[] valid = [.. strengths.Select(_ => true)];
        Detections detections = Select(OfClassZero(conventions, strengths), boxes, valid, conventions);
        Assert.Equal(left, ReadBools(detections.Valid).Count(row => row));
    }

    private static float[] OfClassZero(Conventions conventions, params float[] strengths)
    {
        float[] logits = new float[3 * strengths.Length];
        for (int row = 0; row < strengths.Length; row++)
            logits[(3 * row) + (conventions.BackgroundFirst ? 1 : 0)] = strengths[row];
        return logits;
    }

    [Fact]
    public static void A_score_must_exceed_the_threshold()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Detections detections = Select([0, 0, 0], [10, 10, 60, 60], [true], TestConfig.MMDetection);
        Assert.Equal([true, true], ReadBools(detections.Valid)); // a third each: above 0.3
        Detections weaker = Select([0, 0, 1], [10, 10, 60, 60], [true], TestConfig.MMDetection);
        Assert.Equal([false, false], ReadBools(weaker.Valid));
    }
}
