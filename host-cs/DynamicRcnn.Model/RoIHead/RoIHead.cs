using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>The box head: pooled features through two hidden layers to class logits and a box for each class.</summary>
internal sealed class RoIHead : Module<Tensor, BoxHeadOutput>
{
    private const double ClassesStd = 0.01;
    private const double DeltasStd = 0.001;

    private readonly RoIPooler pooler;
    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly Linear classes;
    private readonly Linear deltas;

    public RoIHead(ModelConfig config, ClassLayout layout)
        : base(nameof(RoIHead))
    {
        RoIHeadConfig head = config.RoIHead;
        pooler = new RoIPooler(head, config.Conventions, config.Fpn.FirstLevel);
        long pooledSize = (long)config.Fpn.Channels * head.PooledSide * head.PooledSide;
        fc1 = Hidden(config.Conventions, pooledSize, head.HiddenUnits);
        fc2 = Hidden(config.Conventions, head.HiddenUnits, head.HiddenUnits);
        classes = Output(head.HiddenUnits, layout.LogitCount, ClassesStd);
        deltas = Output(head.HiddenUnits, 4L * layout.BoxCount, DeltasStd);
        RegisterComponents();
    }

    /// <param name="features">P_first .. P6, each [N, C, H, W].</param>
    /// <param name="boxes">[N, S, 4].</param>
    /// <param name="valid">[N, S] bool; other rows are computed from zeros.</param>
    public BoxHeadOutput Describe(Tensor[] features, Tensor boxes, Tensor valid)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        BoxHeadOutput output = call(pooler.Pool(features, boxes, valid));
        return new BoxHeadOutput(scope.MoveToOuter(output.Logits), scope.MoveToOuter(output.Deltas));
    }

    /// <param name="input">Pooled features [R, C, S, S]. R = 0 is allowed.</param>
    public override BoxHeadOutput forward(Tensor input)
    {
        Tensor reduced = LayerType.Multiply(input.flatten(1), fc1).relu_(); // [R, hidden]
        Tensor hidden = LayerType.Multiply(reduced, fc2).relu_();
        return new BoxHeadOutput(
            LayerType.ForLosses(LayerType.Multiply(hidden, classes)),
            LayerType.ForLosses(LayerType.Multiply(hidden, deltas))
        );
    }

    private static Linear Hidden(Conventions conventions, long inputs, long outputs)
    {
        Linear linear = Linear(inputs, outputs);
        LayerStart.Draw(conventions, linear.weight!, linear.bias);
        return linear;
    }

    private static Linear Output(long inputs, long outputs, double std)
    {
        Linear linear = Linear(inputs, outputs);
        init.normal_(linear.weight!, 0, std);
        init.zeros_(linear.bias!);
        return linear;
    }
}
