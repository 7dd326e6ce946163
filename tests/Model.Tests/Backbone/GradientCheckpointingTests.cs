using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.Backbone;

public static class GradientCheckpointingTests
{
    public static TheoryData<int, int, BackboneNorm, int[]> Backbones =>
        new()
        {
            { 18, 0, BackboneNorm.GroupNorm, [] },
            { 50, 2, BackboneNorm.FrozenBatchNorm, [] },
            { 50, 1, BackboneNorm.EvalBatchNorm, [3] },
        };

    [Theory]
    [MemberData(nameof(Backbones))]
    public static void Outputs_and_gradients_are_the_same_to_the_bit(
        int depth,
        int frozen,
        BackboneNorm norm,
        int[] deformable
    )
    {
        (float[][] outputs, float[][] gradients) = Pass(isRecomputed: false);
        (float[][] again, float[][] recomputed) = Pass(isRecomputed: true);
        Assert.Equal(outputs, again);
        Assert.NotEmpty(gradients);
        Assert.Equal(gradients, recomputed);

        (float[][] Outputs, float[][] Gradients) Pass(bool isRecomputed)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.manual_seed(3);
            using ResNet backbone = new(
                TestConfig.Backbone(
                    depth,
                    frozenStages: frozen,
                    norm: norm,
                    deformableStages: deformable,
                    gradientCheckpointing: isRecomputed
                )
            );
            Tensor images = torch.randn([2, 3, 64, 96]);
            // Twice: gradients are added to what is there.
            Tensor[] stages = backbone.call(images);
            for (int pass = 0; pass < 2; pass++)
            {
                stages = backbone.call(images);
                Tensor loss = torch.stack([.. stages.Select(stage => stage.square().mean())]).sum();
                ops.backward(loss, torch.ones([]));
            }
            Parameter[] trained = [.. backbone.parameters().Where(parameter => parameter.requires_grad)];
            return (
                Array.ConvertAll(stages, stage => Read(stage.detach())),
                Array.ConvertAll(trained, parameter => Read(parameter.grad!))
            );
        }
    }

    [Fact]
    public static void Nothing_stays_alive_behind_a_pass()
    {
        using ResNet backbone = new(TestConfig.Backbone(gradientCheckpointing: true));
        Pass();
        long before = ops.live_tensors;
        Pass();
        Assert.Equal(before, ops.live_tensors);

        void Pass()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Tensor images = torch.ones([1, 3, 64, 64]);
            ops.backward(backbone.call(images)[^1].sum(), torch.ones([]));
        }
    }
}
