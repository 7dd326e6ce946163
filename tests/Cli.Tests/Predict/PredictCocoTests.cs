using System.Globalization;
using DynamicRcnn.Cli.Tests.Commands;
using DynamicRcnn.Cli.Tests.Export;
using DynamicRcnn.Data;
using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Predict;

/// <summary>drcnn predict --format coco, scored by drcnn eval.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class PredictCocoTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Out => folder.Path("found");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void COCO_results_of_a_real_data_set_have_the_figures_of_its_evaluation()
    {
        string data = SharedData.Folder("bccd");
        string annotations = Path.Combine(data, "annotations", "instances_test.json");
        string detector = folder.Path("cells.safetensors");
        RandomDetector.Write(
            detector,
            "tiny-demo",
            DatasetReader.Open(data, "test").Classes.ToArray(),
            "model.roiHead.scoreThreshold=0.01"
        );
        string[] pictures = [.. DatasetReader.Open(data, "test").Images.Select(image => image.Path)];
        string evaluated = folder.Path("evaluated.json");
        string scored = folder.Path("scored.json");
        Drcnn.Succeed(["eval", "--checkpoint", detector, "--data", data, "--split", "test", "--json", evaluated]);
        Drcnn.Succeed([
            .. new[] { "predict", "--checkpoint", detector, "--out", Out, "--format", "coco" },
            .. new[] { "--annotations", annotations },
            .. pictures,
        ]);
        string results = Path.Combine(Out, "coco-results.json");
        Drcnn.Succeed(["eval", "--annotations", annotations, "--results", results, "--json", scored]);
        Assert.False(File.Exists(Path.Combine(Out, "coco-images.json")));
        string[] figures = Rounded(evaluated);
        Assert.Equal(figures, Rounded(scored));
        Assert.Contains(
            figures,
            figure => figure.StartsWith("AR100", StringComparison.Ordinal) && figure != "AR100 0.000000"
        );

        static string[] Rounded(string json) =>
            [
                .. EvalTests
                    .FiguresOf(json)
                    .Select(figure => string.Create(CultureInfo.InvariantCulture, $"{figure.Name} {figure.Value:F6}")),
            ];
    }
}
