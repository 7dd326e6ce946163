namespace DynamicRcnn.Model;

/// <summary>Smooth L1 whose beta is a tensor, because it moves while the model trains.</summary>
internal static class SmoothL1
{
    /// <summary>
    /// With n = |prediction - target|: n^2 / (2 beta) where n is below beta (strictly), else n - beta / 2. At beta 0 plain L1 with
    /// finite gradients. Differs from the released code: that divides by beta in the branch it does not choose, which gives NaN.
    /// </summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape, without a graph.</param>
    /// <param name="beta">0-dimensional, at least 0.</param>
    /// <returns>The loss of each element.</returns>
    public static Tensor Each(Tensor prediction, Tensor target, Tensor beta)
    {
        Tensor distance = (prediction - target).abs();
        Tensor divisor = torch.where(beta > 0, beta, torch.ones_like(beta));
        Tensor quadratic = distance * distance * 0.5 / divisor;
        return torch.where(distance < beta, quadratic, distance - beta * 0.5);
    }
}
