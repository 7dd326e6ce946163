namespace DynamicRcnn.Model;

/// <summary>A residual block: its convolutions' output plus its input, or the input's downsampling.</summary>
internal abstract class ResidualBlock(string name) : Module<Tensor, Tensor>(name)
{
    /// <param name="input">[N, C, H, W].</param>
    /// <returns>[N, C', H/stride, W/stride].</returns>
    public sealed override Tensor forward(Tensor input) => Join(input, input);

    /// <summary>The block, its input given once for each use, so that each can have a gradient of its own.</summary>
    /// <param name="input">[N, C, H, W], for the convolutions.</param>
    /// <param name="shortcut">The same for what is added to their output.</param>
    /// <returns>[N, C', H/stride, W/stride].</returns>
    internal abstract Tensor Join(Tensor input, Tensor shortcut);
}
