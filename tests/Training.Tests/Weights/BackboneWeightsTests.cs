using DynamicRcnn.Core;
using DynamicRcnn.Model;
using DynamicRcnn.Torch;
using DynamicRcnn.Training.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

public sealed class BackboneWeightsTests
{
    private static readonly string[] file = ["pretrained", "resnet50_caffe_imagenet_c1c4.safetensors"];

    [Fact]
    public void The_shared_resnet_fills_stem_to_layer3_and_nothing_is_left_over()
    {
        using Detector detector = Resnet50(lastStage: 3);
        TensorFile stored = SafetensorsFile.Read(SharedData.Folder(file));
        WeightReport report = BackboneWeights.Load(detector, SharedData.Folder(file));
        // 1 + 3 * (3 + 4 + 6) + 3 shortcuts = 43 convolutions, each with a norm of four tensors.
        Assert.Equal(43 * 5, report.Loaded.Count);
        Assert.Empty(report.Missing);
        Assert.Empty(report.WrongShape);
        Assert.Equal(stored.Tensors.Count - report.Loaded.Count, report.Unknown.Count);
        Assert.All(report.Unknown, name => Assert.EndsWith("num_batches_tracked", name, StringComparison.Ordinal));
        StoredTensor conv = stored.Tensors["layer2.0.conv1.weight"];
        Assert.Equal(torch.ScalarType.Float16, conv.Type);
        float[] loaded = ops.to_array<float>(detector.state_dict()["backbone.layer2.0.conv1.weight"]);
        Assert.Equal((float)BitConverter.ToHalf(conv.Data.Span), loaded[0]);
    }

    [Fact]
    public void A_stage_that_the_file_lacks_is_reported_as_missing()
    {
        using Detector detector = Resnet50(lastStage: 4);
        WeightReport report = BackboneWeights.Load(detector, SharedData.Folder(file));
        Assert.All(report.Missing, name => Assert.StartsWith("layer4.", name, StringComparison.Ordinal));
        Assert.Equal(10 * 5, report.Missing.Count);
    }

    private static Detector Resnet50(int lastStage)
    {
        ModelConfig tiny = TestConfig.Tiny().Model;
        BackboneConfig backbone = new(
            depth: 50,
            stemChannels: 64,
            strideIn1x1: true,
            lastStage,
            frozenStages: 2,
            BackboneNorm.FrozenBatchNorm,
            normEpsilon: 1.001e-5,
            ChannelOrder.Bgr,
            mean: [103.939, 116.779, 123.68],
            std: [1, 1, 1],
            weights: ""
        );
        return new Detector(new ModelConfig(backbone, tiny.Fpn, tiny.Rpn, tiny.RoIHead, tiny.Conventions), 3);
    }
}
