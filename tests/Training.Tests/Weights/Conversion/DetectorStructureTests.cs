using DynamicRcnn.Core;
using DynamicRcnn.Model;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights.Conversion;

public sealed class DetectorStructureTests
{
    [Theory]
    [InlineData("tiny-demo")]
    [InlineData("r18-small")]
    [InlineData("r50-c4-small")]
    [InlineData("r50-fpn")]
    [InlineData("official-r101-dcn-3x-ms", "model.backbone.offsetGroups=2")]
    [InlineData("official-r50-1x", "model.fpn.firstLevel=3")]
    public void Names_and_shapes_are_those_of_the_detector(string preset, params string[] sets)
    {
        string[] narrow = ["model.backbone.stemChannels=8", "model.fpn.channels=16", "model.roiHead.hiddenUnits=32"];
        ConfigSources sources = new(preset, [], [.. narrow, .. sets], []);
        ModelConfig config = ConfigText.Resolve(sources).Value.Config.Model;
        using Detector detector = new(config, classCount: 3);
        Dictionary<string, long[]> expected = detector
            .state_dict()
            .ToDictionary(pair => pair.Key, pair => pair.Value.shape);
        Dictionary<string, long[]> found = DetectorStructure
            .Of(config, classCount: 3)
            .Tensors()
            .ToDictionary(entry => entry.Name, entry => entry.Shape);
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        Assert.All(expected, pair => Assert.Equal(pair.Value, found[pair.Key]));
    }
}
