using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>
/// ResNet-18, -34, -50 or -101 up to its last configured stage, with torchvision's parameter names. The first
/// <c>FrozenStages</c> parts (stem, layer1, ...) have no gradient and record no graph.
/// </summary>
internal sealed class ResNet : Module<Tensor, Tensor[]>
{
    private const long StemKernel = 7;
    private const long StemStride = 2;

    private readonly int frozenParts;
    private readonly bool isRecomputed;
    private readonly Conv2d conv1;
    private readonly Module<Tensor, Tensor> bn1;
    private readonly Sequential[] stages;

    public ResNet(BackboneConfig config)
        : base(nameof(ResNet))
    {
        frozenParts = config.FrozenStages;
        isRecomputed = config.GradientCheckpointing;
        conv1 = NormalisedConvolution.Convolution(3, config.StemChannels, StemKernel, StemStride);
        bn1 = NormalisedConvolution.Norm(config, config.StemChannels);
        RegisterComponents();

        int[] blockCounts = BlockCounts(config.Depth);
        stages = new Sequential[config.LastStage];
        OutChannels = new long[config.LastStage];
        long inChannels = config.StemChannels;
        for (int stage = 0; stage < stages.Length; stage++)
        {
            long channels = (long)config.StemChannels << stage;
            OutChannels[stage] = config.Depth < 50 ? channels : channels * Bottleneck.Expansion;
            bool deformable = config.DeformableStages.Contains(stage + 1);
            stages[stage] = Stage(
                config,
                inChannels,
                channels,
                blockCounts[stage],
                stride: stage == 0 ? 1 : 2,
                deformable
            );
            register_module($"layer{stage + 1}", stages[stage]);
            inChannels = OutChannels[stage];
        }
        Freeze();
    }

    /// <summary>Channels of each stage's output, finest first.</summary>
    public long[] OutChannels { get; }

    /// <param name="input">Images [N, 3, H, W].</param>
    /// <returns>C2, C3, ...: the output of every stage, at strides 4, 8, ...</returns>
    public override Tensor[] forward(Tensor input)
    {
        Tensor[] outputs = new Tensor[stages.Length];
        Tensor features;
        using (FrozenPart(0))
            features = Stem(input);
        for (int stage = 0; stage < stages.Length; stage++)
        {
            using IDisposable? frozen = FrozenPart(stage + 1);
            features = isRecomputed ? Recomputed(stages[stage], features) : stages[stage].call(features);
            outputs[stage] = features;
        }
        return outputs;
    }

    private static Tensor Recomputed(Sequential stage, Tensor features)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (Module block in stage.children())
            features = RecomputedFunction.Call((ResidualBlock)block, features);
        return scope.MoveToOuter(features);
    }

    private Tensor Stem(Tensor images)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor hidden = NormalisedConvolution.Apply(images, conv1, bn1, StemStride, relu: true);
        return scope.MoveToOuter(functional.max_pool2d(hidden, 3, stride: 2, padding: 1));
    }

    private IDisposable? FrozenPart(int part) => part < frozenParts ? torch.no_grad() : null;

    private void Freeze()
    {
        IEnumerable<Module> parts = [conv1, bn1];
        if (frozenParts == 0)
            return;
        foreach (Module part in parts.Concat(stages.Take(frozenParts - 1)))
        foreach (Parameter parameter in part.parameters())
            parameter.requires_grad = false;
    }

    private static Sequential Stage(
        BackboneConfig config,
        long inChannels,
        long channels,
        int blocks,
        long stride,
        bool deformable
    )
    {
        Module<Tensor, Tensor>[] modules = new Module<Tensor, Tensor>[blocks];
        for (int block = 0; block < blocks; block++)
        {
            bool first = block == 0;
            modules[block] =
                config.Depth < 50
                    ? new BasicBlock(config, first ? inChannels : channels, channels, first ? stride : 1)
                    : new Bottleneck(
                        config,
                        first ? inChannels : channels * Bottleneck.Expansion,
                        channels,
                        first ? stride : 1,
                        deformable
                    );
        }
        return Sequential(modules);
    }

    private static int[] BlockCounts(int depth) =>
        depth switch
        {
            18 => [2, 2, 2, 2],
            34 or 50 => [3, 4, 6, 3],
            101 => [3, 4, 23, 3],
            _ => throw new ArgumentOutOfRangeException(nameof(depth), depth, "a ResNet has depth 18, 34, 50 or 101"),
        };
}
