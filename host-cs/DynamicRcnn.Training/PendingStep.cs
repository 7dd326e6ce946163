namespace DynamicRcnn.Training;

/// <summary>A step that has been made and whose numbers nobody has read: they lie on the device, and so does whether it was applied.</summary>
public sealed class PendingStep : IDisposable
{
    internal PendingStep(torch.Tensor row, IReadOnlyList<PassLayout> passes, torch.Tensor gradientNorm)
    {
        Row = row;
        Passes = passes;
        GradientNorm = gradientNorm;
    }

    /// <summary>
    /// 0-dimensional: L2, before clipping. The step was applied if it is finite: the gradient of losses that are not finite is not either.
    /// </summary>
    public torch.Tensor GradientNorm { get; }

    /// <summary>float64: the numbers of each pass, then the norm of the gradient.</summary>
    internal torch.Tensor Row { get; }

    /// <summary>What is where in the row.</summary>
    internal IReadOnlyList<PassLayout> Passes { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Row.Dispose();
        GradientNorm.Dispose();
    }
}
