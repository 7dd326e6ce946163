using DynamicRcnn.Core;
using DynamicRcnn.Data;
using Xunit;

namespace DynamicRcnn.Training.Tests;

public sealed class EvaluatorTests
{
    [Fact]
    public void A_detector_that_learnt_its_images_finds_their_boxes_in_the_images_own_pixels()
    {
        Config config = TestConfig.Tiny(iterations: 150);
        using TinyRun run = new(config, imageCount: 2);
        Evaluator evaluator = new(run.Detector, config);
        double before = evaluator
            .Evaluate(run.Dataset, cancellation: TestContext.Current.CancellationToken)
            .Result.AP50;
        run.Until(150);
        EvaluationResult after = evaluator
            .Evaluate(run.Dataset, cancellation: TestContext.Current.CancellationToken)
            .Result;
        Assert.True(before < 0.05, $"AP50 {before} before training");
        Assert.True(after.AP50 > 0.4, $"AP50 {before} -> {after.AP50}");
        ImageRecord image = run.Dataset.Images[0];
        IReadOnlyList<Detection> found = evaluator.Detect(ImageCodec.ReadFile(image.Path));
        foreach (TestingKind kind in new[] { TestingKind.Official, TestingKind.MMDetection })
        {
            TestingConfig testing = new(kind, scales: [112, 144], maxSides: [256], flip: true);
            double several = new Evaluator(run.Detector, TestConfig.Tiny(testing: testing))
                .Evaluate(run.Dataset, cancellation: TestContext.Current.CancellationToken)
                .Result.AP50;
            Assert.True(several > 0.3, $"{kind}: AP50 {several}, once {after.AP50}");
        }
        Assert.NotEmpty(found);
        Assert.All(found, box => Assert.InRange(box.X2, 0, image.Width + 0.01f));
        Assert.Equal(found.Select(box => box.Score).OrderDescending(), found.Select(box => box.Score));
    }
}
