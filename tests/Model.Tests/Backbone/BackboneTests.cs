using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.Backbone;

public static class BackboneTests
{
    [Theory]
    [InlineData(18, 4, new long[] { 8, 16, 32, 64 })]
    [InlineData(34, 3, new long[] { 8, 16, 32 })]
    [InlineData(50, 3, new long[] { 32, 64, 128 })]
    [InlineData(101, 4, new long[] { 32, 64, 128, 256 })]
    public static void Stages_halve_the_size_and_double_the_channels(int depth, int lastStage, long[] channels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        using ResNet backbone = new(TestConfig.Backbone(depth, lastStage: lastStage));
        Tensor[] stages = backbone.call(torch.randn([2, 3, 64, 96]));
        Assert.Equal(channels, backbone.OutChannels);
        Assert.Equal(lastStage, stages.Length);
        for (int stage = 0; stage < lastStage; stage++)
            Assert.Equal([2, channels[stage], 16 >> stage, 24 >> stage], stages[stage].shape);
    }

    [Theory]
    [InlineData(50, 53)]
    [InlineData(101, 104)]
    public static void Names_are_torchvision_s(int depth, int convolutions)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ResNet backbone = new(TestConfig.Backbone(depth, norm: BackboneNorm.FrozenBatchNorm));
        Dictionary<string, Tensor> state = backbone.state_dict();
        Assert.Equal(5 * convolutions, state.Count);
        string[] expected =
        [
            "conv1.weight",
            "bn1.running_var",
            "layer1.0.conv1.weight",
            "layer1.0.downsample.0.weight",
            "layer1.0.downsample.1.running_mean",
            "layer4.2.bn3.bias",
        ];
        Assert.All(expected, name => Assert.True(state.ContainsKey(name), name));
        Assert.Equal([32, 32, 3, 3], state["layer3.1.conv2.weight"].shape);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public static void The_stride_sits_in_the_configured_convolution(bool strideIn1x1)
    {
        // A pixel in an odd row and column falls through a strided 1x1, but a strided 3x3 sees it.
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        BackboneConfig config = TestConfig.Backbone(50, strideIn1x1: strideIn1x1, norm: BackboneNorm.FrozenBatchNorm);
        torch.manual_seed(1);
        using Bottleneck block = new(config, 4, 16, stride: 2);
        Tensor image = torch.zeros([1, 4, 8, 8]);
        image.narrow(2, 1, 1).narrow(3, 1, 1).fill_(1);
        float reached = block.call(image).abs().max().item<float>();
        Assert.Equal(strideIn1x1, reached == 0);
    }

    [Fact]
    public static void Folding_a_fixed_batch_norm_is_convolution_then_norm()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.manual_seed(2);
        using Conv2d convolution = NormalisedConvolution.Convolution(3, 6, kernel: 3, stride: 2);
        using FixedBatchNorm norm = new(6, epsilon: 1e-3, trainAffine: true);
        using (torch.no_grad())
        {
            foreach ((string name, Tensor buffer) in norm.named_buffers())
                buffer.copy_(torch.rand([6]) + (name == "running_var" ? 0.5 : -0.5));
            foreach ((string _, Parameter parameter) in norm.named_parameters())
                parameter.copy_(torch.randn([6]));
        }
        Tensor image = torch.randn([2, 3, 9, 11]);
        Tensor folded = NormalisedConvolution.Apply(image, convolution, norm, stride: 2);
        Tensor plain = norm.call(convolution.call(image));
        Close(Read(plain.detach()), Read(folded.detach()), 1e-5);

        (folded * folded).sum().backward();
        float[][] gradients = Gradients();
        (plain * plain).sum().backward();
        foreach ((float[] once, float[] twice) in gradients.Zip(Gradients()))
            Close([.. once.Select(value => 2 * value)], twice, 1e-4); // gradients add up

        float[][] Gradients() =>
            [.. convolution.parameters().Concat(norm.parameters()).Select(parameter => Read(parameter.grad!))];
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(6, 2)]
    [InlineData(16, 8)]
    [InlineData(64, 32)]
    [InlineData(1024, 32)]
    public static void Groups_hold_at_least_two_channels(long channels, long groups) =>
        Assert.Equal(groups, NormalisedConvolution.GroupCount(channels));

    [Theory]
    [InlineData(4, 2, 5)]
    [InlineData(3, 2, 5)]
    [InlineData(3, 3, 4)]
    public static void The_pyramid_ends_at_level_six_whatever_the_backbone(int lastStage, int firstLevel, int count)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        long[] channels = [8, 16, 32, 64];
        using Fpn fpn = new(new FpnConfig(16, norm: true, firstLevel), TestConfig.New, channels[..lastStage]);
        Tensor[] stages =
        [
            .. Enumerable
                .Range(0, lastStage)
                .Select(stage => torch.randn([1, channels[stage], 32 >> stage, 48 >> stage])),
        ];
        Tensor[] levels = fpn.call(stages);
        Assert.Equal(count, levels.Length);
        for (int level = 0; level < count; level++)
        {
            int shift = firstLevel - 2 + level;
            Assert.Equal([1, 16, 32 >> shift, 48 >> shift], levels[level].shape);
        }
    }

    [Fact]
    public static void Odd_sizes_are_upsampled_to_the_lateral()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        using Fpn fpn = new(new FpnConfig(4, norm: false, 2), TestConfig.New, [4, 4]);
        Tensor[] levels = fpn.call([torch.randn([1, 4, 7, 9]), torch.randn([1, 4, 4, 5])]);
        Assert.Equal([1, 4, 7, 9], levels[0].shape);
        Assert.Equal([1, 4, 1, 1], levels[^1].shape);
    }
}
