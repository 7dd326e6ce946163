namespace DynamicRcnn.Model;

/// <summary>
/// Convolutions and linear layers compute in the type of their input: its features' type runs through the detector, and weights, which are
/// kept in float32, follow it. Norms, losses and boxes stay in float32, losses of float64 weights in float64.
/// </summary>
internal static class LayerType
{
    /// <summary><see cref="ops.convolution"/> by a layer's weight and bias.</summary>
    public static Tensor Convolve(Tensor input, Conv2d layer, long stride = 1, bool relu = false) =>
        Convolve(input, layer.weight!, layer.bias, residual: null, stride, relu);

    /// <inheritdoc cref="ops.convolution"/>
    public static Tensor Convolve(
        Tensor input,
        Tensor weight,
        Tensor? bias,
        Tensor? residual,
        long stride,
        bool relu,
        Tensor? scale = null
    )
    {
        ScalarType type = input.dtype;
        if (weight.dtype == type || ConvolutionFunction.RoundsWeight(input, weight))
            return ops.convolution(input, weight, bias, residual, stride, relu, scale);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor scaled = scale is null ? weight : weight * scale.view(-1, 1, 1, 1);
        return scope.MoveToOuter(
            ops.convolution(input, scaled.to(type), bias?.to(type), residual?.to(type), stride, relu)
        );
    }

    /// <param name="input">[R, inputs].</param>
    /// <param name="layer">With a bias.</param>
    /// <returns>[R, outputs].</returns>
    public static Tensor Multiply(Tensor input, Linear layer)
    {
        ScalarType type = input.dtype;
        if (layer.weight!.dtype == type || LinearFunction.IsOurs(input, layer.weight, layer.bias))
            return ops.linear(input, layer.weight, layer.bias);
        using DisposeScope scope = torch.NewDisposeScope();
        return scope.MoveToOuter(functional.linear(input, layer.weight.to(type), layer.bias!.to(type)));
    }

    /// <summary>What a head says, in the type of its losses: float64 stays, all else becomes float32.</summary>
    public static Tensor ForLosses(Tensor output) =>
        output.dtype == ScalarType.Float64 ? output : output.to(ScalarType.Float32);

    /// <summary>A norm, which has no mixed precision: in its own type, and back.</summary>
    public static Tensor Normalise(Tensor input, Module<Tensor, Tensor> norm)
    {
        ScalarType type = norm.parameters().First().dtype;
        if (input.dtype == type)
            return norm.call(input);
        using DisposeScope scope = torch.NewDisposeScope();
        return scope.MoveToOuter(norm.call(input.to(type)).to(input.dtype));
    }
}
