using DynamicRcnn.Core;
using DynamicRcnn.Model;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>Detectors with backbones of full width.</summary>
internal static class TestBackbone
{
    public static Detector Detector(int depth, int lastStage)
    {
        ModelConfig tiny = TestConfig.Tiny().Model;
        BackboneConfig backbone = new(
            depth,
            stemChannels: 64,
            strideIn1x1: true,
            lastStage,
            frozenStages: 2,
            deformableStages: [],
            offsetGroups: 1,
            kaimingOffsets: false,
            BackboneNorm.FrozenBatchNorm,
            normEpsilon: 1.001e-5,
            ChannelOrder.Bgr,
            mean: [103.939, 116.779, 123.68],
            std: [1, 1, 1],
            weights: "",
            gradientCheckpointing: false
        );
        return new Detector(
            new ModelConfig(backbone, tiny.Fpn, tiny.Rpn, tiny.RoIHead, tiny.Cascade, tiny.Conventions),
            3
        );
    }
}
