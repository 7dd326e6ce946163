using DynamicRcnn.Cli.Tests.Commands;
using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Tiles;

/// <summary>--tiles of predict and eval.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class TileCommandTests(TrainedRun trained) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_tile_is_no_tile_to_the_bit_and_smaller_ones_are_not(bool exported)
    {
        string detector = exported ? Exported() : trained.Checkpoint;
        string whole = Predict(detector, "whole");
        Assert.Equal(whole, Predict(detector, "one", "--tiles", "4000"));
        Assert.NotEqual(whole, Predict(detector, "many", "--tiles", "64,16"));
        string figures = Evaluate(detector, "whole");
        Assert.Equal(figures, Evaluate(detector, "one", "--tiles", "4000"));
        Assert.NotEqual(figures, Evaluate(detector, "many", "--tiles", "64"));
    }

    [Fact]
    public void Suppression_that_lowers_scores_is_refused() =>
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["--tiles", "evaluation.softNms.kind is Linear"],
            [
                .. new[] { "predict", "--checkpoint", trained.Checkpoint, "--out", folder.Path("found") },
                .. new[] { "--tiles", "64", "--set", "evaluation.softNms.kind=Linear" },
                Path.Combine(trained.Data, "images", "val_0000.jpg"),
            ]
        );

    private string Exported()
    {
        string file = folder.Path("model.onnx");
        string[] low = ["--set", "model.roiHead.scoreThreshold=0.01"];
        Drcnn.Succeed(["export", trained.Checkpoint, file, "--threads", "1", .. low]);
        return file;
    }

    private string Predict(string detector, string name, params string[] more)
    {
        string[] arguments = ["predict", "--checkpoint", detector, "--out", folder.Path(name), "--threads", "1"];
        string image = Path.Combine(trained.Data, "images", "val_0000.jpg");
        Drcnn.Succeed([.. arguments, "--score-threshold", "0.02", .. more, image]);
        return File.ReadAllText(folder.Path(name, "predictions.json"));
    }

    private string Evaluate(string detector, string name, params string[] more)
    {
        string json = folder.Path($"{name}.json");
        string[] arguments = ["eval", "--checkpoint", detector, "--data", trained.Data, "--threads", "1"];
        Drcnn.Succeed([.. arguments, "--json", json, .. more]);
        return File.ReadAllText(json);
    }
}
