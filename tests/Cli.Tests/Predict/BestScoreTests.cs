using DynamicRcnn.Cli.Tests.Commands;
using DynamicRcnn.Cli.Tests.Export;
using DynamicRcnn.Core;
using DynamicRcnn.Detection;
using DynamicRcnn.Onnx;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Predict;

/// <summary>The score with the best F1: from an evaluation into the checkpoint, the exported file and predict.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class BestScoreTests(TrainedRun trained) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Predict_draws_from_it_on_and_says_so()
    {
        string checkpoint = folder.Path("evaluated.safetensors");
        RandomDetector.Write(checkpoint, "tiny-demo", Evaluated(), []);
        Assert.Contains(
            "drawn is what has a score of 0.75 or more, the best F1 of the detector's last evaluation; --score-threshold X takes another\n",
            Predict(checkpoint, "best"),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "drawn is what has a score of 0.2 or more (--score-threshold)\n",
            Predict(checkpoint, "given", "--score-threshold", "0.2"),
            StringComparison.Ordinal
        );
        // What is drawn differs, what is in predictions.json does not.
        string lower = folder.Path("lower.safetensors");
        RandomDetector.Write(lower, "tiny-demo");
        Assert.Contains(
            "drawn is what has a score of 0.5 or more, because the file records no evaluation to take the best score from",
            Predict(lower, "unknown"),
            StringComparison.Ordinal
        );
        Assert.Equal(
            File.ReadAllText(folder.Path("best", "predictions.json")),
            File.ReadAllText(folder.Path("unknown", "predictions.json"))
        );
    }

    [Fact]
    public void It_goes_with_the_detector_into_files_for_use_and_for_onnx()
    {
        string checkpoint = folder.Path("evaluated.safetensors");
        RandomDetector.Write(checkpoint, "tiny-demo", Evaluated(), []);
        string small = folder.Path("small.safetensors");
        Drcnn.Succeed("convert", checkpoint, small);
        string onnx = folder.Path("small.onnx");
        Drcnn.Succeed("export", small, onnx);
        using TrainedDetector first = TrainedDetector.Load(checkpoint);
        using TrainedDetector second = TrainedDetector.Load(small);
        using OnnxDetector third = OnnxDetector.Load(onnx, threads: 1);
        foreach (IObjectDetector detector in (IObjectDetector[])[first, second, third])
        {
            Assert.Equal(0.75, detector.ScoreThresholds?.All);
            // Of the first class nothing is found, of the third there is nothing.
            Assert.Equal([-1, 0.75, -1], detector.ScoreThresholds!.ByClass);
        }
        Assert.Equal(("0.75", "[-1,0.75,-1]"), (third.Metadata["best_score"], third.Metadata["best_scores"]));
        Assert.Contains("a score of 0.75 or more, the best F1", Predict(onnx, "found"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_runs_checkpoint_has_the_scores_of_its_evaluation()
    {
        using TrainedDetector detector = TrainedDetector.Load(trained.Checkpoint);
        string json = Path.Combine(trained.Run, "evaluation", $"iteration-{TrainedRun.Iterations:D7}.json");
        using var evaluation = System.Text.Json.JsonDocument.Parse(File.ReadAllText(json));
        System.Text.Json.JsonElement scores = evaluation.RootElement.GetProperty("scores");
        double best = scores.GetProperty("best").GetProperty("score").GetDouble();
        Assert.Equal(best < 0 ? null : best, detector.ScoreThresholds?.All);
        double[] byClass =
        [
            .. scores.GetProperty("classes").EnumerateArray().Select(point => point.GetProperty("score").GetDouble()),
        ];
        Assert.Equal(byClass, detector.ScoreThresholds?.ByClass ?? byClass);
        Assert.Equal(101, scores.GetProperty("f1").GetArrayLength());
    }

    /// <summary>One object of each of two classes, of which the second's is found with a score of 0.75.</summary>
    private static EvaluationResult Evaluated() =>
        CocoEvaluation.Evaluate(
            [
                new EvaluationBox(1, 1, 3, 10, 10, 20, 20, 400, false),
                new EvaluationBox(2, 1, 7, 50, 10, 20, 20, 400, false),
            ],
            [new DetectionBox(1, 7, 50, 10, 20, 20, 0.75)],
            [3, 7, 9],
            [1]
        );

    private string Predict(string detector, string to, params string[] more)
    {
        string image = Path.Combine(trained.Data, "images", "val_0000.jpg");
        return Drcnn.Succeed(["predict", "--checkpoint", detector, "--out", folder.Path(to), image, .. more]);
    }
}
