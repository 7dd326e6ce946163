using DynamicRcnn.Core;

namespace DynamicRcnn.Training;

/// <summary>
/// Stochastic gradient descent with momentum, as PyTorch defines it: g += decay * w, v = momentum * v + g, w -= rate * v. Parameters
/// whose name contains "bias" have a rate and a decay of their own. Works on lists of tensors, so that a step is a few native calls.
/// </summary>
public sealed class Sgd : IDisposable
{
    private readonly SolverConfig solver;
    private readonly StepReading reading;
    private readonly Group[] groups;

    /// <param name="parameters">What is trained, by name; others are left out by the caller.</param>
    /// <param name="solver">Momentum, decay, the bias rule, the bound of the gradient.</param>
    /// <param name="reading">Whether the host may look at a gradient's norm before it applies the gradient.</param>
    public Sgd(
        IEnumerable<(string Name, Parameter Parameter)> parameters,
        SolverConfig solver,
        StepReading reading = StepReading.EachStep
    )
    {
        this.solver = solver;
        this.reading = reading;
        (string Name, Parameter Parameter)[] all = [.. parameters];
        bool IsBias(string name) => name.Contains("bias", StringComparison.Ordinal);
        groups =
        [
            Group.Of(all.Where(entry => !IsBias(entry.Name)), 1, solver.WeightDecay),
            Group.Of(all.Where(entry => IsBias(entry.Name)), solver.BiasLearningRateFactor, solver.BiasWeightDecay),
        ];
    }

    /// <summary>When the host reads what steps make.</summary>
    public StepReading Reading => reading;

    /// <summary>Momentum buffers by parameter name. The tensors are the optimiser's own.</summary>
    public IReadOnlyDictionary<string, torch.Tensor> Momentum =>
        groups
            .SelectMany(group => group.Names.Zip(group.Momentum))
            .ToDictionary(pair => pair.First, pair => pair.Second);

    /// <summary>0-dimensional: the L2 norm of the whole gradient. A missing gradient counts as zero.</summary>
    public torch.Tensor GradientNorm() => ops.global_norm([.. groups.SelectMany(group => group.Gradients())]);

    /// <summary>Applies the gradients if their norm is finite, and clears them. Otherwise weights and momentum keep every bit.</summary>
    /// <param name="learningRate">0-dimensional float32, beside the parameters.</param>
    /// <param name="gradientNorm">0-dimensional: the gradients' norm, which the bound is compared with too.</param>
    public void Step(torch.Tensor learningRate, torch.Tensor gradientNorm)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable unrecorded = torch.no_grad();
        if (reading == StepReading.EachWindow)
        {
            StepOnDevice(learningRate, gradientNorm);
        }
        else if (gradientNorm.to(torch.ScalarType.Float64).item<double>() is var norm && double.IsFinite(norm))
        {
            StepInPlace(learningRate, norm);
        }
        ClearGradients();
    }

    /// <summary>Without a pass over the gradients where none has to be scaled.</summary>
    private void StepInPlace(torch.Tensor learningRate, double gradientNorm)
    {
        double bound = solver.GradientClipNorm;
        double scale = bound > 0 && gradientNorm > bound ? bound / gradientNorm : 1;
        foreach (Group group in groups.Where(group => group.Parameters.Length > 0))
        {
            torch.Tensor[] gradients = group.Gradients();
            if (scale < 1)
            {
                ops.foreach_mul_(gradients, scale);
            }
            group.Step(gradients, learningRate, solver.Momentum, skip: null);
        }
    }

    /// <summary>The same numbers, to the bit; what the host does depends on none of them.</summary>
    private void StepOnDevice(torch.Tensor learningRate, torch.Tensor gradientNorm)
    {
        torch.Tensor skip = gradientNorm.isfinite().logical_not();
        foreach (Group group in groups.Where(group => group.Parameters.Length > 0))
        {
            torch.Tensor[] gradients = group.Gradients();
            if (solver.GradientClipNorm > 0)
            {
                ops.foreach_mul_(gradients, Scale(gradientNorm).to(group.Parameters[0].dtype));
            }
            group.Step(gradients, learningRate, solver.Momentum, skip);
        }
    }

    /// <summary>0-dimensional float64: what brings the gradient to the bound; 1 within it.</summary>
    private torch.Tensor Scale(torch.Tensor gradientNorm)
    {
        torch.Tensor norm = gradientNorm.to(torch.ScalarType.Float64);
        torch.Tensor bound = torch.full_like(norm, solver.GradientClipNorm);
        return torch.where(norm > solver.GradientClipNorm, bound / norm, torch.ones_like(norm));
    }

    private void ClearGradients()
    {
        foreach (torch.Tensor parameter in groups.SelectMany(group => group.Parameters))
        {
            parameter.grad = null;
        }
    }

    /// <summary>Releases the momentum buffers.</summary>
    public void Dispose()
    {
        foreach (torch.Tensor buffer in groups.SelectMany(group => group.Momentum))
        {
            buffer.Dispose();
        }
    }

    private sealed record Group(
        string[] Names,
        torch.Tensor[] Parameters,
        torch.Tensor[] Momentum,
        double RateFactor,
        double Decay
    )
    {
        internal static Group Of(
            IEnumerable<(string Name, Parameter Parameter)> entries,
            double rateFactor,
            double decay
        )
        {
            (string Name, Parameter Parameter)[] all = [.. entries];
            return new Group(
                [.. all.Select(entry => entry.Name)],
                [.. all.Select(entry => (torch.Tensor)entry.Parameter)],
                // Momentum outlives every step.
                [.. all.Select(entry => torch.zeros_like(entry.Parameter).DetachFromDisposeScope())],
                rateFactor,
                decay
            );
        }

        internal void Step(torch.Tensor[] gradients, torch.Tensor learningRate, double momentum, torch.Tensor? skip) =>
            ops.sgd_(Parameters, gradients, Momentum, Decay, momentum, learningRate * RateFactor, skip);

        internal torch.Tensor[] Gradients() =>
            [.. Parameters.Select(parameter => parameter.grad ?? torch.zeros_like(parameter))];
    }
}
