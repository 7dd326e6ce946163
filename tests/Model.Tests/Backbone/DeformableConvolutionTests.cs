using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.Backbone;

public static class DeformableConvolutionTests
{
    private const int PyramidRpnAndHeads = 16 + 6 + 8;

    private static BackboneConfig ResNet101(params int[] deformableStages) =>
        TestConfig.Backbone(101, norm: BackboneNorm.FrozenBatchNorm, deformableStages: deformableStages);

    // The authors' file has 615 tensors: these and the anchors of five levels, which are no parameters here.
    [Fact]
    public static void ResNet_101_with_deformable_stages_2_to_4_has_the_tensors_of_the_published_checkpoint()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using Detector detector = new(TestConfig.Model(ResNet101(2, 3, 4), fpnNorm: false), classCount: 80);
        Dictionary<string, Tensor> state = detector.state_dict();
        Assert.Equal(615 - 5, state.Count);
        Assert.Equal((5 * 104) + (2 * 30) + PyramidRpnAndHeads, state.Count);
        string[] added = [.. state.Keys.Where(name => name.Contains("conv_offset", StringComparison.Ordinal))];
        (int Stage, int Blocks)[] stages = [(2, 4), (3, 23), (4, 3)];
        string[] expected =
        [
            .. stages
                .SelectMany(stage =>
                    Enumerable.Range(0, stage.Blocks).Select(block => $"backbone.layer{stage.Stage}.{block}")
                )
                .SelectMany(block => new[] { $"{block}.conv2.conv_offset.weight", $"{block}.conv2.conv_offset.bias" }),
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), added.Order(StringComparer.Ordinal));
        Assert.Equal([27, 32, 3, 3], state["backbone.layer3.22.conv2.conv_offset.weight"].shape);
        Assert.Equal([27], state["backbone.layer3.22.conv2.conv_offset.bias"].shape);
    }

    [Fact]
    public static void The_other_names_are_those_without_deformable_stages()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ResNet plain = new(ResNet101());
        using ResNet deformable = new(ResNet101(2, 3, 4));
        Dictionary<string, Tensor> state = deformable.state_dict();
        foreach ((string name, Tensor tensor) in plain.state_dict())
            Assert.Equal(tensor.shape, state[name].shape);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 4)]
    public static void At_the_start_it_is_half_the_plain_convolution(long stride, int offsetGroups)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        torch.manual_seed(3);
        using DeformableConvolution convolution = new(
            TestConfig.Backbone(50, offsetGroups: offsetGroups),
            channels: 8,
            stride
        );
        Tensor image = torch.randn([2, 8, 9, 11]);
        Tensor plain = functional.conv2d(image, convolution.Weight, null, [stride, stride], [1, 1]);
        Close(Read(plain * 0.5), Read(convolution.call(image)), 1e-5);
    }

    // With zero offsets the masks halve each deformable 3x3; doubled weights make up for it.
    [Fact]
    public static void ResNet_101_starts_as_the_plain_one_with_every_deformable_3x3_halved()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        torch.manual_seed(4);
        using ResNet plain = new(ResNet101());
        using ResNet deformable = new(ResNet101(2, 3, 4));
        Dictionary<string, Tensor> from = plain.state_dict();
        foreach ((string name, Tensor tensor) in deformable.state_dict())
        {
            if (!from.TryGetValue(name, out Tensor? value))
                continue;
            bool halved = name.EndsWith("conv2.weight", StringComparison.Ordinal) && name[5] != '1';
            tensor.copy_(halved ? value * 2 : value);
        }
        Tensor image = torch.randn([1, 3, 64, 96]);
        foreach ((Tensor expected, Tensor actual) in plain.call(image).Zip(deformable.call(image)))
        {
            float scale = expected.abs().max().item<float>();
            Close(Read(expected / scale), Read(actual / scale), 1e-4);
        }
    }

    [Fact]
    public static void The_offsets_start_from_zero_or_as_in_the_authors_code()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (bool kaiming in new[] { false, true })
        {
            using ResNet backbone = new(TestConfig.Backbone(50, deformableStages: [3], kaimingOffsets: kaiming));
            Dictionary<string, Tensor> state = backbone.state_dict();
            float[] weight = Read(state["layer3.0.conv2.conv_offset.weight"].detach());
            float bound = kaiming ? MathF.Sqrt(3f / (32 * 9)) : 0; // 32 channels, 9 taps
            Assert.InRange(weight.Max(), 0.99f * bound, bound);
            Assert.InRange(weight.Min(), -bound, -0.99f * bound);
            Assert.All(Read(state["layer3.0.conv2.conv_offset.bias"].detach()), value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public static void Offsets_move_what_a_position_sees_and_learn()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.manual_seed(5);
        BackboneConfig config = TestConfig.Backbone(50, norm: BackboneNorm.FrozenBatchNorm);
        using Bottleneck block = new(config, 64, 16, stride: 1, deformable: true);
        Tensor image = torch.zeros([1, 64, 7, 9]);
        image.narrow(3, 8, 1).fill_(1);
        Tensor bias = block.state_dict()["conv2.conv_offset.bias"];
        float[] FirstColumn() => Read(block.call(image).detach().narrow(3, 0, 1).contiguous());
        Assert.All(FirstColumn(), value => Assert.Equal(0, value));
        using (torch.no_grad())
        {
            for (int tap = 0; tap < 9; tap++)
                bias.narrow(0, 2 * tap + 1, 1).fill_(8); // x
        }
        Assert.Contains(FirstColumn(), value => value != 0);

        block.call(image + torch.rand([1, 64, 7, 9])).sum().backward();
        foreach ((string name, Parameter parameter) in block.named_parameters())
            Assert.True(parameter.grad!.abs().max().item<float>() > 0, name);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public static void In_bfloat16_a_block_stays_close_to_float32_and_has_gradients(bool groupNorm)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.manual_seed(6);
        BackboneNorm norm = groupNorm ? BackboneNorm.GroupNorm : BackboneNorm.FrozenBatchNorm;
        BackboneConfig config = TestConfig.Backbone(50, norm: norm, kaimingOffsets: true);
        using Bottleneck block = new(config, 64, 16, stride: 1, deformable: true);
        Tensor image = torch.rand([1, 64, 7, 9]);
        float[] exact = Read(block.call(image).detach());
        Tensor output = block.call(image.to(ScalarType.BFloat16));
        Assert.Equal(ScalarType.BFloat16, output.dtype);
        double difference = exact.Zip(Read(output.detach()), (a, b) => Math.Abs(a - b)).Average();
        Assert.InRange(difference, 0, 0.03); // 0.016 and 0.006; a block with a plain 3x3: 0.012 and 0.005
        output.to(ScalarType.Float32).sum().backward();
        foreach ((string name, Parameter parameter) in block.named_parameters())
            Assert.True(float.IsFinite(parameter.grad!.abs().max().item<float>()), name);
    }
}
