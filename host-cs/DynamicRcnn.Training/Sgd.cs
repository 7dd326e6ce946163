using DynamicRcnn.Core;

namespace DynamicRcnn.Training;

/// <summary>Stochastic gradient descent with momentum, as PyTorch defines it: g += decay * w, v = momentum * v + g, w -= rate * v.</summary>
public sealed class Sgd : Optimizer
{
    private readonly torch.Tensor[][] velocities;

    /// <inheritdoc cref="Optimizer.Of"/>
    public Sgd(
        IEnumerable<(string Name, Parameter Parameter)> parameters,
        SolverConfig solver,
        StepReading reading = StepReading.EachStep
    )
        : base(parameters, solver, reading) => velocities = [.. Groups.Select(group => group.Zeros())];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, torch.Tensor> Momentum =>
        Groups
            .Zip(velocities)
            .SelectMany(pair => pair.First.Names.Zip(pair.Second))
            .ToDictionary(pair => pair.First, pair => pair.Second);

    private protected override void Apply(torch.Tensor[][] gradients, torch.Tensor learningRate, torch.Tensor? skip)
    {
        for (int i = 0; i < Groups.Count; i++)
        {
            Group group = Groups[i];
            torch.Tensor rate = learningRate * group.RateFactor;
            ops.sgd_(group.Parameters, gradients[i], velocities[i], group.Decay, Solver.Momentum, rate, skip);
        }
    }
}
