using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>Where the pyramid's convolutions and the head's hidden layers start, by the profile. Biases start from 0.</summary>
internal static class LayerStart
{
    /// <summary>
    /// Draws a weight: U(+-sqrt(3 / fan in)) in the authors' code (Kaiming with a = 1), U(+-sqrt(6 / (fan in + fan out))) in
    /// MMDetection (Xavier).
    /// </summary>
    /// <param name="conventions">The profile.</param>
    /// <param name="weight">Overwritten.</param>
    /// <param name="bias">Overwritten with 0; null where a norm follows.</param>
    public static void Draw(Conventions conventions, Tensor weight, Tensor? bias)
    {
        if (conventions.KaimingInitialisation)
            init.kaiming_uniform_(weight, a: 1);
        else
            init.xavier_uniform_(weight);
        if (bias is not null)
            init.zeros_(bias);
    }
}
