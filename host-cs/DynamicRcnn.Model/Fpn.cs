using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>
/// Feature pyramid: lateral 1x1, top-down sums, output 3x3, each convolution with a group norm behind it if configured. Levels
/// coarser than the backbone's last stage, up to P6, are subsampled from the coarsest output.
/// </summary>
internal sealed class Fpn : Module<Tensor[], Tensor[]>
{
    /// <summary>Level of the backbone's first stage output: stride 4 = 2^2.</summary>
    private const int FirstStageLevel = 2;

    /// <summary>The coarsest level, used by the RPN alone.</summary>
    public const int LastLevel = 6;

    private readonly int skippedStages;
    private readonly int pooledLevels;
    private readonly ModuleList<Module<Tensor, Tensor>> lateral;
    private readonly ModuleList<Module<Tensor, Tensor>> lateral_norm;
    private readonly ModuleList<Module<Tensor, Tensor>> output;
    private readonly ModuleList<Module<Tensor, Tensor>> output_norm;

    /// <param name="config">The pyramid's configuration.</param>
    /// <param name="conventions">How the convolutions start.</param>
    /// <param name="stageChannels">Channels of the backbone's stage outputs, finest first.</param>
    public Fpn(FpnConfig config, Conventions conventions, long[] stageChannels)
        : base(nameof(Fpn))
    {
        skippedStages = config.FirstLevel - FirstStageLevel;
        pooledLevels = LastLevel - (FirstStageLevel + stageChannels.Length - 1);
        long[] inputs = stageChannels[skippedStages..];
        lateral = ModuleList(
            Array.ConvertAll(inputs, channels => Convolution(config, conventions, channels, kernel: 1))
        );
        output = ModuleList(
            Array.ConvertAll(inputs, _ => Convolution(config, conventions, config.Channels, kernel: 3))
        );
        lateral_norm = ModuleList(Array.ConvertAll(config.Norm ? inputs : [], _ => Norm(config)));
        output_norm = ModuleList(Array.ConvertAll(config.Norm ? inputs : [], _ => Norm(config)));
        RegisterComponents();
    }

    /// <param name="input">The backbone's C2, C3, ... .</param>
    /// <returns>P_first .. P6, each [N, C, H_level, W_level].</returns>
    public override Tensor[] forward(Tensor[] input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        List<Tensor> levels = [];
        Tensor? coarser = null;
        for (int level = lateral.Count - 1; level >= 0; level--)
        {
            Tensor merged = Apply(lateral, lateral_norm, level, input[skippedStages + level]);
            if (coarser is not null)
            {
                long[] size = [merged.shape[2], merged.shape[3]];
                merged = merged + functional.interpolate(coarser, size, mode: InterpolationMode.Nearest);
            }
            coarser = merged;
            levels.Insert(0, Apply(output, output_norm, level, merged));
        }
        for (int extra = 0; extra < pooledLevels; extra++)
            levels.Add(functional.max_pool2d(levels[^1], 1, stride: 2));
        return [.. levels.Select(level => scope.MoveToOuter(level))];
    }

    private static Tensor Apply(
        ModuleList<Module<Tensor, Tensor>> convolutions,
        ModuleList<Module<Tensor, Tensor>> norms,
        int level,
        Tensor features
    )
    {
        Conv2d convolution = (Conv2d)convolutions[level];
        Tensor convolved = LayerType.Convolve(features, convolution);
        return norms.Count == 0 ? convolved : LayerType.Normalise(convolved, norms[level]);
    }

    private static Module<Tensor, Tensor> Convolution(
        FpnConfig config,
        Conventions conventions,
        long inChannels,
        long kernel
    )
    {
        Conv2d convolution = Conv2d(inChannels, config.Channels, kernel, padding: kernel / 2, bias: !config.Norm);
        LayerStart.Draw(conventions, convolution.weight!, convolution.bias);
        return convolution;
    }

    private static Module<Tensor, Tensor> Norm(FpnConfig config) => NormalisedConvolution.GroupedNorm(config.Channels);
}
