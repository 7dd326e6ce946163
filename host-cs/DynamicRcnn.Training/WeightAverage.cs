namespace DynamicRcnn.Training;

/// <summary>
/// The exponential moving average of the trained weights: a = d a + (1 - d) w after each optimiser step, where d = min(decay, (1 + t) / (10 + t))
/// at iteration t, so that the random start is soon forgotten. Evaluation and prediction use it in place of the weights.
/// </summary>
public sealed class WeightAverage : IDisposable
{
    private readonly double decay;
    private readonly StepReading reading;
    private readonly string[] names;
    private readonly torch.Tensor[] weights;
    private readonly torch.Tensor[] averages;

    /// <param name="parameters">What is trained, by name. The average starts as their values.</param>
    /// <param name="decay">More than 0 and less than 1.</param>
    /// <param name="reading">Whether the host may look at a gradient's norm to know whether its step was applied.</param>
    public WeightAverage(
        IEnumerable<(string Name, Parameter Parameter)> parameters,
        double decay,
        StepReading reading = StepReading.EachStep
    )
    {
        this.decay = decay;
        this.reading = reading;
        (string Name, Parameter Parameter)[] all = [.. parameters];
        names = [.. all.Select(entry => entry.Name)];
        weights = [.. all.Select(entry => (torch.Tensor)entry.Parameter)];
        averages = Copies();
    }

    /// <summary>The averages by parameter name. The tensors are this object's own.</summary>
    public IReadOnlyDictionary<string, torch.Tensor> Tensors =>
        names.Zip(averages).ToDictionary(pair => pair.First, pair => pair.Second);

    /// <summary>Takes the weights in, after the optimiser step of an iteration; one that was not applied changes nothing.</summary>
    /// <param name="iteration">From 1.</param>
    /// <param name="gradientNorm">0-dimensional: of the step, which was applied if it is finite.</param>
    public void Update(int iteration, torch.Tensor gradientNorm)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable unrecorded = torch.no_grad();
        double kept = Math.Min(decay, (1.0 + iteration) / (10.0 + iteration));
        if (reading == StepReading.EachWindow)
        {
            torch.Tensor[] moved = ops.foreach_mul(averages, kept);
            ops.foreach_add_(moved, weights, 1 - kept);
            ops.foreach_replace_(gradientNorm.isfinite(), averages, moved);
        }
        else if (double.IsFinite(gradientNorm.to(torch.ScalarType.Float64).item<double>()))
        {
            ops.foreach_mul_(averages, kept);
            ops.foreach_add_(averages, weights, 1 - kept);
        }
    }

    /// <summary>Puts the averages in the place of the weights until the result is disposed, which restores them to the bit.</summary>
    public IDisposable Applied() => new Swap(this);

    /// <summary>Releases the averages.</summary>
    public void Dispose() => Release(averages);

    private torch.Tensor[] Copies()
    {
        using IDisposable unrecorded = torch.no_grad();
        return [.. weights.Select(weight => weight.clone().DetachFromDisposeScope())];
    }

    private static void Fill(torch.Tensor[] targets, torch.Tensor[] sources)
    {
        using IDisposable unrecorded = torch.no_grad();
        foreach ((torch.Tensor target, torch.Tensor source) in targets.Zip(sources))
        {
            target.copy_(source);
        }
    }

    private static void Release(torch.Tensor[] tensors)
    {
        foreach (torch.Tensor tensor in tensors)
        {
            tensor.Dispose();
        }
    }

    private sealed class Swap : IDisposable
    {
        private readonly WeightAverage owner;
        private readonly torch.Tensor[] held;

        internal Swap(WeightAverage owner)
        {
            this.owner = owner;
            held = owner.Copies();
            Fill(owner.weights, owner.averages);
        }

        public void Dispose()
        {
            Fill(owner.weights, held);
            Release(held);
        }
    }
}
