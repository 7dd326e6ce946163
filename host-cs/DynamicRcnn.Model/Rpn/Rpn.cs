using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>Region proposal network: one small head over all pyramid levels.</summary>
internal sealed class Rpn : Module<Tensor[], RpnOutput>
{
    private const double InitialStd = 0.01;

    private readonly AnchorGrid anchors;
    private readonly Conv2d conv;
    private readonly Conv2d objectness;
    private readonly Conv2d deltas;

    public Rpn(ModelConfig config)
        : base(nameof(Rpn))
    {
        long channels = config.Fpn.Channels;
        long anchorsPerCell = config.Rpn.AnchorRatios.Length;
        anchors = new AnchorGrid(config.Rpn, config.Conventions, config.Fpn.FirstLevel);
        conv = Initialised(Conv2d(channels, channels, 3, padding: 1));
        objectness = Initialised(Conv2d(channels, anchorsPerCell, 1));
        deltas = Initialised(Conv2d(channels, 4 * anchorsPerCell, 1));
        RegisterComponents();
    }

    /// <param name="input">P_first .. P6, each [N, C, H, W].</param>
    public override RpnOutput forward(Tensor[] input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor[] levelLogits = new Tensor[input.Length];
        Tensor[] levelDeltas = new Tensor[input.Length];
        for (int level = 0; level < input.Length; level++)
        {
            Tensor hidden = LayerType.Convolve(input[level], conv, relu: true);
            levelLogits[level] = PerAnchor(LayerType.Convolve(hidden, objectness), 1).squeeze(2);
            levelDeltas[level] = PerAnchor(LayerType.Convolve(hidden, deltas), 4);
        }
        return new RpnOutput(
            scope.MoveToOuter(torch.cat(levelLogits, 1)),
            scope.MoveToOuter(torch.cat(levelDeltas, 1)),
            scope.MoveToOuter(anchors.call(input)),
            Array.ConvertAll(levelLogits, logits => logits.shape[1])
        );
    }

    /// <summary>[N, B * values, H, W] to [N, H * W * B, values]: the anchors' order, channel = anchor * values + value.</summary>
    private static Tensor PerAnchor(Tensor map, long values) =>
        LayerType.ForLosses(map.permute(0, 2, 3, 1).reshape(map.shape[0], -1, values));

    private static Conv2d Initialised(Conv2d convolution)
    {
        init.normal_(convolution.weight!, 0, InitialStd);
        init.zeros_(convolution.bias!);
        return convolution;
    }
}
