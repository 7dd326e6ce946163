using DynamicRcnn.Core;
using DynamicRcnn.Data;
using Xunit;

namespace DynamicRcnn.Training.Tests;

public sealed class LearningTests
{
    [Fact]
    public void Two_real_images_are_learnt_and_their_boxes_found_in_the_images_own_pixels()
    {
        Config config = TestConfig.Tiny(iterations: 150);
        using TinyRun run = new(config, imageCount: 2);
        Evaluator evaluator = new(run.Detector, config);
        double before = evaluator
            .Evaluate(run.Dataset, cancellation: TestContext.Current.CancellationToken)
            .Result.AP50;
        IsLearnt(run.Until(150), run.State.Setting);
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

    private static void IsLearnt(List<StepReport> reports, Setting reached)
    {
        double before = reports.Take(5).Average(report => report.Losses.Total);
        double after = reports.TakeLast(5).Average(report => report.Losses.Total);
        Assert.All(reports, report => Assert.Null(report.NonFinite));
        Assert.True(after < 0.5 * before, $"{before} -> {after}");
        // The proposals improve, so both halves of the schedule leave their start.
        Assert.True(reached.IoUThreshold > 0.4, $"{reached}");
        Assert.True(reached.Beta < 1, $"{reached}");
    }
}
