using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Export;

/// <summary>The resizing inside an exported file: the data layer's size and its levels, every one.</summary>
public sealed class ResizeGraphTests
{
    public static TheoryData<string, int, int> Cases
    {
        get
        {
            TheoryData<string, int, int> cases = [];
            foreach (string preset in (string[])["mmdet-r50-1x", "official-r50-1x"])
            {
                foreach ((int shortSide, int maxSide) in new[] { (48, 80), (61, 200), (150, 250), (8, 9) })
                {
                    cases.Add(preset, shortSide, maxSide);
                }
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Its_levels_are_the_resamplers(string preset, int shortSide, int maxSide)
    {
        string[] sets = [$"data.evaluationShortSide={shortSide}", $"data.evaluationMaxSide={maxSide}"];
        DataConfig data = ConfigText.Resolve(new ConfigSources(preset, [], sets, [])).Value.Config.Data;
        using InferenceSession session = new(GraphOf(data));
        using RunOptions options = new();
        foreach (RgbImage picture in Pictures.All)
        {
            ImageSize size = TestPass.Base(data).Size(data.ResizeRule, picture.Width, picture.Height);
            byte[] expected = Resampler.Resize(picture, size, data.Resampling).Pixels;
            using OrtValue pixels = OrtValue.CreateTensorValueFromMemory(
                picture.Pixels,
                [picture.Height, picture.Width, 3]
            );
            using IDisposableReadOnlyCollection<OrtValue> found = session.Run(options, ["image"], [pixels], ["levels"]);
            Assert.Equal([size.Height, size.Width, 3], found[0].GetTensorTypeAndShape().Shape);
            Assert.Equal(expected.Select(level => (int)level), found[0].GetTensorDataAsSpan<int>().ToArray());
        }
    }

    [Theory]
    [InlineData(0.5, false, 0.5f, false)]
    [InlineData(0.5, true, 0.5f, true)]
    [InlineData(0.85, false, 0.85f, true)] // the nearest float is above 0.85
    [InlineData(0.7, false, 0.7f, false)] // and here below
    [InlineData(0.7, true, 0.7f, false)]
    public void A_threshold_parts_the_floats_as_the_double_does(double iou, bool orEqual, float value, bool isAbove) =>
        Assert.Equal(isAbove, value > BoxGraph.Threshold(iou, orEqual));

    private static byte[] GraphOf(DataConfig data)
    {
        OnnxGraph graph = new();
        OnnxValue image = graph.Input("image", OnnxType.UInt8, "height", "width", "3");
        (OnnxValue height, OnnxValue width) = TargetSizeGraph.Of(data, image.Size(0), image.Size(1));
        OnnxValue levels = data.Resampling.IsPillow
            ? PillowGraph.Resize(image, height, width)
            : OpenCvGraph.Resize(image, height, width);
        graph.Output("levels", levels, "newHeight", "newWidth", "3");
        using MemoryStream stream = new();
        OnnxFile.Write(stream, graph, "1", []);
        return stream.ToArray();
    }
}
