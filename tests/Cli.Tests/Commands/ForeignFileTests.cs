using System.Text.Json;
using DynamicRcnn.Tests;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Files that Python wrote, through the commands.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class ForeignFileTests(TrainedRun trained) : InFolder
{
    [Fact]
    public void Predict_finds_what_torchvision_finds_with_the_same_file()
    {
        Directory.CreateDirectory(folder.Path("theirs"));
        Python.RunFile(["torchvision"], "Cli.Tests/Commands/torchvision_file.py", folder.Path("theirs"));
        Drcnn.Succeed([
            "predict",
            "--checkpoint",
            folder.Path("theirs", "detector.pth"),
            "--classes",
            "a,b,c",
            "--out",
            folder.Path("ours"),
            "--preset",
            "r50-fpn",
            .. Set("model.backbone.depth=18", "model.backbone.norm=FrozenBatchNorm"),
            .. Set("model.fpn.channels=32", "model.fpn.norm=false", "model.roiHead.hiddenUnits=64"),
            .. Set("model.rpn.preNmsTest=15", "model.rpn.postNmsTest=40", "model.rpn.nmsIoU=0.7"),
            .. Set("model.roiHead.samplingRatio=2", "model.roiHead.detectionsPerImage=20"),
            .. Set("model.conventions.alignedRoIAlign=false", "model.conventions.clampDeltasBelow=false"),
            .. Set("model.conventions.backgroundFirst=true", "model.roiHead.scoreThreshold=0.8"),
            .. Set("data.evaluationShortSide=192", "data.evaluationMaxSide=256"),
            folder.Path("theirs", "picture.png"),
        ]);
        using JsonDocument theirs = JsonDocument.Parse(File.ReadAllBytes(folder.Path("theirs", "found.json")));
        using JsonDocument ours = JsonDocument.Parse(File.ReadAllBytes(folder.Path("ours", "predictions.json")));
        JsonElement[] expected = [.. theirs.RootElement.EnumerateArray()];
        JsonElement[] found = [.. ours.RootElement.GetProperty("images")[0].GetProperty("detections").EnumerateArray()];
        Assert.Equal(Labels(expected, "label"), Labels(found, "category_id"));
        Assert.Equal([1, 2, 3], Labels(found, "category_id").Distinct().Order());
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(Score(expected[i]), Score(found[i]), 1e-4);
            Assert.All(Box(expected[i]).Zip(Box(found[i])), side => Assert.Equal(side.First, side.Second, 1e-2));
        }
    }

    [Theory]
    [InlineData("s b")]
    [InlineData("s b rm riv")]
    public void A_backbone_of_detectron_trains_alike_as_it_is_and_converted(string norm)
    {
        Python.RunText(
            folder.Root,
            $$"""
            import pickle
            import numpy as np
            random = np.random.default_rng(1)
            blobs = {'fc1000_w': np.zeros((10, 256), np.float32)}

            def convolution(name, bn, to, of, side):
                blobs[name + '_w'] = random.normal(0, (of * side * side) ** -0.5, (to, of, side, side)).astype(np.float32)
                for part in '{{norm}}'.split():
                    blobs[f'{bn}_bn_{part}'] = random.uniform(0.5, 1, to).astype(np.float32)

            convolution('conv1', 'res_conv1', 8, 3, 7)
            width = 8
            for stage, blocks in enumerate((3, 4, 6, 3)):
                inner = 8 << stage
                for block in range(blocks):
                    name = f'res{stage + 2}_{block}_branch'
                    if block == 0:
                        convolution(name + '1', name + '1', 4 * inner, width, 1)
                    convolution(name + '2a', name + '2a', inner, width, 1)
                    convolution(name + '2b', name + '2b', inner, inner, 3)
                    convolution(name + '2c', name + '2c', 4 * inner, inner, 1)
                    width = 4 * inner
            pickle.dump({'blobs': blobs, 'cfg': 'MODEL'}, open('R-50.pkl', 'wb'), protocol=2)
            """,
            "numpy"
        );
        string output = Drcnn.Succeed("convert", folder.Path("R-50.pkl"), folder.Path("r50.safetensors"));
        Assert.Matches(@"(?m)^  found +265 \(backbone 265\)$", output);
        TensorFile direct = Trained("R-50.pkl", "direct");
        TensorFile converted = Trained("r50.safetensors", "converted");
        Assert.Equal(direct.Tensors.Keys, converted.Tensors.Keys);
        Assert.All(
            direct.Tensors,
            tensor => Assert.True(tensor.Value.Data.Span.SequenceEqual(converted.Tensors[tensor.Key].Data.Span))
        );
    }

    // A step of a narrow detector that starts from weights in the folder.
    private TensorFile Trained(string weights, string run)
    {
        string output = Drcnn.Succeed([
            .. new[] { "train", "--data", trained.Data, "--out", folder.Path(run), "--preset", "r50-fpn" },
            .. new[] { "--weights", folder.Path(weights), "--iterations", "1", "--threads", "2" },
            .. Set("model.backbone.stemChannels=8", "model.fpn.channels=16", "model.roiHead.hiddenUnits=32"),
            .. Set("data.shortSides=[64]", "data.maxSide=96", "data.evaluationShortSide=64"),
            .. Set("data.evaluationMaxSide=96", "solver.warmupIterations=1", "data.imagesPerStep=2"),
            .. Set("solver.accumulationSteps=1", "solver.milestones=[]", "evaluation.panelImages=0"),
        ]);
        Assert.Contains($"{weights}: 265 tensors loaded into the backbone", output, StringComparison.Ordinal);
        return WeightFile.Read(TrainedRun.CheckpointOf(folder.Path(run), 1));
    }

    private static string[] Set(params string[] values) => [.. values.SelectMany(value => (string[])["--set", value])];

    private static int[] Labels(JsonElement[] found, string name) =>
        [.. found.Select(one => one.GetProperty(name).GetInt32())];

    private static double Score(JsonElement one) => one.GetProperty("score").GetDouble();

    private static double[] Box(JsonElement one) =>
        [.. one.GetProperty("box").EnumerateArray().Select(side => side.GetDouble())];
}
