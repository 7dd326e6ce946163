using DynamicRcnn.Core;

namespace DynamicRcnn.Training;

/// <summary>
/// Turns gradients into new weights. Parameters whose name contains "bias" have a rate and a decay of their own. Works on lists of tensors, so
/// that a step is a few native calls. What is the same for every rule is here: the norm, its bound, and the gate against steps that are not finite.
/// </summary>
public abstract class Optimizer : IDisposable
{
    private readonly StepReading reading;

    /// <param name="parameters">What is trained, by name; others are left out by the caller.</param>
    /// <param name="solver">Decay, the bias rule, the bound of the gradient.</param>
    /// <param name="reading">Whether the host may look at a gradient's norm before it applies the gradient.</param>
    private protected Optimizer(
        IEnumerable<(string Name, Parameter Parameter)> parameters,
        SolverConfig solver,
        StepReading reading
    )
    {
        Solver = solver;
        this.reading = reading;
        (string Name, Parameter Parameter)[] all = [.. parameters];
        bool IsBias(string name) => name.Contains("bias", StringComparison.Ordinal);
        Groups =
        [
            .. new[]
            {
                Group.Of(all.Where(entry => !IsBias(entry.Name)), 1, solver.WeightDecay),
                Group.Of(all.Where(entry => IsBias(entry.Name)), solver.BiasLearningRateFactor, solver.BiasWeightDecay),
            }.Where(group => group.Parameters.Length > 0),
        ];
    }

    /// <summary>The configured rule: <see cref="Sgd"/> or <see cref="AdamW"/>.</summary>
    /// <param name="parameters">What is trained, by name; others are left out by the caller.</param>
    /// <param name="solver">Which rule, and its numbers.</param>
    /// <param name="reading">Whether the host may look at a gradient's norm before it applies the gradient.</param>
    public static Optimizer Of(
        IEnumerable<(string Name, Parameter Parameter)> parameters,
        SolverConfig solver,
        StepReading reading = StepReading.EachStep
    ) => solver.Optimizer.IsAdamW ? new AdamW(parameters, solver, reading) : new Sgd(parameters, solver, reading);

    /// <summary>When the host reads what steps make.</summary>
    public StepReading Reading => reading;

    /// <summary>
    /// What a resumed run goes on with beside the weights, by the names of checkpoints: under SGD the momentum of each parameter. The tensors are
    /// the optimiser's own.
    /// </summary>
    public abstract IReadOnlyDictionary<string, torch.Tensor> Momentum { get; }

    private protected SolverConfig Solver { get; }

    /// <summary>Those that have parameters.</summary>
    private protected IReadOnlyList<Group> Groups { get; }

    /// <summary>0-dimensional: the L2 norm of the whole gradient. A missing gradient counts as zero.</summary>
    public torch.Tensor GradientNorm() => ops.global_norm([.. Groups.SelectMany(group => group.Gradients())]);

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
        foreach (torch.Tensor parameter in Groups.SelectMany(group => group.Parameters))
        {
            parameter.grad = null;
        }
    }

    /// <summary>Writes new weights and buffers.</summary>
    /// <param name="gradients">Of each group, within the bound; they may hold anything afterwards.</param>
    /// <param name="learningRate">0-dimensional float32.</param>
    /// <param name="skip">0-dimensional bool: where it holds, no bit may change; null: it does not.</param>
    private protected abstract void Apply(torch.Tensor[][] gradients, torch.Tensor learningRate, torch.Tensor? skip);

    /// <summary>Without a pass over the gradients where none has to be scaled.</summary>
    private void StepInPlace(torch.Tensor learningRate, double gradientNorm)
    {
        double bound = Solver.GradientClipNorm;
        double scale = bound > 0 && gradientNorm > bound ? bound / gradientNorm : 1;
        torch.Tensor[][] gradients = [.. Groups.Select(group => group.Gradients())];
        if (scale < 1)
        {
            foreach (torch.Tensor[] each in gradients)
            {
                ops.foreach_mul_(each, scale);
            }
        }
        Apply(gradients, learningRate, skip: null);
    }

    /// <summary>The same numbers, to the bit; what the host does depends on none of them.</summary>
    private void StepOnDevice(torch.Tensor learningRate, torch.Tensor gradientNorm)
    {
        torch.Tensor[][] gradients = [.. Groups.Select(group => group.Gradients())];
        if (Solver.GradientClipNorm > 0)
        {
            foreach (torch.Tensor[] each in gradients)
            {
                ops.foreach_mul_(each, Scale(gradientNorm).to(each[0].dtype));
            }
        }
        Apply(gradients, learningRate, gradientNorm.isfinite().logical_not());
    }

    /// <summary>0-dimensional float64: what brings the gradient to the bound; 1 within it.</summary>
    private torch.Tensor Scale(torch.Tensor gradientNorm)
    {
        torch.Tensor norm = gradientNorm.to(torch.ScalarType.Float64);
        torch.Tensor bound = torch.full_like(norm, Solver.GradientClipNorm);
        return torch.where(norm > Solver.GradientClipNorm, bound / norm, torch.ones_like(norm));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the buffers.</summary>
    protected virtual void Dispose(bool disposing)
    {
        foreach (torch.Tensor buffer in disposing ? Momentum.Values : [])
        {
            buffer.Dispose();
        }
    }

    /// <summary>Parameters with one rate and one decay.</summary>
    private protected sealed record Group(string[] Names, torch.Tensor[] Parameters, double RateFactor, double Decay)
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
                rateFactor,
                decay
            );
        }

        internal torch.Tensor[] Gradients() =>
            [.. Parameters.Select(parameter => parameter.grad ?? torch.zeros_like(parameter))];

        /// <summary>Zeros laid out as the parameters are. They outlive every step.</summary>
        internal torch.Tensor[] Zeros() =>
            [.. Parameters.Select(parameter => torch.zeros_like(parameter).DetachFromDisposeScope())];
    }
}
