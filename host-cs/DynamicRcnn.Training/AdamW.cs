using DynamicRcnn.Core;

namespace DynamicRcnn.Training;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter), as PyTorch defines it. The number of a step counts the steps that were applied: one
/// that is not finite leaves it as it leaves the moments.
/// </summary>
public sealed class AdamW : Optimizer
{
    private readonly torch.Tensor[][] firsts;
    private readonly torch.Tensor[][] seconds;
    private readonly torch.Tensor step;

    /// <inheritdoc cref="Optimizer.Of"/>
    public AdamW(
        IEnumerable<(string Name, Parameter Parameter)> parameters,
        SolverConfig solver,
        StepReading reading = StepReading.EachStep
    )
        : base(parameters, solver, reading)
    {
        firsts = [.. Groups.Select(group => group.Zeros())];
        seconds = [.. Groups.Select(group => group.Zeros())];
        torch.Device device = Groups.Count > 0 ? Groups[0].Parameters[0].device : torch.CPU;
        step = torch.zeros([], torch.ScalarType.Float32, device).DetachFromDisposeScope();
    }

    /// <summary>Both moments of each parameter, <c>first.NAME</c> and <c>second.NAME</c>, and the number of steps applied, <c>step</c>.</summary>
    public override IReadOnlyDictionary<string, torch.Tensor> Momentum =>
        Named("first.", firsts)
            .Concat(Named("second.", seconds))
            .Append(("step", step))
            .ToDictionary(pair => pair.Item1, pair => pair.Item2);

    private protected override void Apply(torch.Tensor[][] gradients, torch.Tensor learningRate, torch.Tensor? skip)
    {
        step.add_(skip is null ? torch.ones_like(step) : skip.logical_not().to(torch.ScalarType.Float32));
        for (int i = 0; i < Groups.Count; i++)
        {
            Group group = Groups[i];
            ops.adamw_(
                group.Parameters,
                gradients[i],
                firsts[i],
                seconds[i],
                step,
                group.Decay,
                (Solver.FirstMomentDecay, Solver.SecondMomentDecay, Solver.MomentEpsilon),
                learningRate * group.RateFactor,
                skip
            );
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            step.Dispose();
        }
    }

    private IEnumerable<(string, torch.Tensor)> Named(string prefix, torch.Tensor[][] buffers) =>
        Groups
            .Zip(buffers)
            .SelectMany(pair => pair.First.Names.Zip(pair.Second, (name, buffer) => (prefix + name, buffer)));
}
