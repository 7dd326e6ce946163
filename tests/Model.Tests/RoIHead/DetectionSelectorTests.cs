using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.RoIHead;

public static class DetectionSelectorTests
{
    private static readonly float[] Sizes = [100, 100];

    private static Detections Select(float[] logits, float[] boxes, bool[] valid, Conventions conventions)
    {
        ClassLayout layout = new(2, conventions.BackgroundFirst);
        int count = valid.Length;
        DetectionSelector selector = new(TestConfig.RoIHead(scoreThreshold: 0.3), conventions, layout);
        BoxHeadOutput output = new(Floats([count, 3], logits), torch.zeros([count, 4 * layout.BoxCount]));
        Proposals proposals = new(Floats([1, count, 4], boxes), Bools([1, count], valid), torch.zeros([1, count]));
        return selector.Select(selector.Decode(output, proposals, Floats([1, 2], Sizes)), softNms: null);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public static void Suppression_is_within_a_class_and_the_best_come_first(bool official)
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
        Assert.Equal([1, 0], ReadLongs(detections.Labels)[..2]);
        float[] scores = Read(detections.Scores);
        Assert.Equal(Math.Exp(6) / (Math.Exp(6) + 2), scores[0], 1e-5);
        Assert.Equal(Math.Exp(5) / (Math.Exp(5) + 2), scores[1], 1e-5);
        Assert.All(scores[2..], score => Assert.Equal(0, score));
        Close(place, Read(detections.Boxes)[..4], 1e-5);
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
