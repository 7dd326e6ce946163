namespace DynamicRcnn.Model.Tests.Operators;

/// <summary>Convolutions and linear layers whose map is bfloat16 and whose weight is float32, against libtorch's in float64 on the rounded numbers.</summary>
public sealed class BFloat16Tests
{
    /// <summary>Largest difference over largest value: bfloat16's half unit in the last place, once.</summary>
    private const double RoundedOnce = 1.0 / 256;

    /// <summary>The same for what stays float32.</summary>
    private const double Float32 = 4e-6;

    private static Tensor Leaf(int seed, ScalarType type, params long[] shape)
    {
        Tensor leaf = Given.Uniform(seed, -1, 1, shape).to(type);
        leaf.requires_grad = true;
        return leaf;
    }

    private static Tensor Exact(Tensor tensor)
    {
        Tensor exact = tensor.detach().to(ScalarType.BFloat16).to(ScalarType.Float64);
        exact.requires_grad = true;
        return exact;
    }

    private static void AssertClose(Tensor expected, Tensor actual, ScalarType type)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.Equal(type, actual.dtype);
        double tolerance = type == ScalarType.Float32 ? Float32 : RoundedOnce;
        double largest = expected.abs().max().item<double>();
        Assert.InRange((expected - actual.to(ScalarType.Float64)).abs().max().item<double>(), 0, tolerance * largest);
    }

    [Theory]
    [InlineData(2, 3, 16, 40, 30, 7, 2)]
    [InlineData(1, 64, 40, 12, 15, 3, 1)]
    [InlineData(2, 48, 70, 9, 8, 3, 2)]
    [InlineData(2, 100, 30, 5, 7, 1, 1)]
    public void A_convolution_rounds_its_outputs_and_its_inputs_gradient_once_and_keeps_the_weights_in_float32(
        long batch,
        long channels,
        long outputs,
        long height,
        long width,
        long kernel,
        long stride
    )
    {
        using DisposeScope scope = NewDisposeScope();
        long[] made = [batch, outputs, (height + stride - 1) / stride, (width + stride - 1) / stride];
        Tensor input = Leaf(1, ScalarType.BFloat16, batch, channels, height, width);
        Tensor weight = Leaf(2, ScalarType.Float32, outputs, channels, kernel, kernel);
        Tensor bias = Leaf(3, ScalarType.Float32, outputs);
        Tensor residual = Leaf(4, ScalarType.BFloat16, made);
        (Tensor x, Tensor w, Tensor r) = (Exact(input), Exact(weight), Exact(residual));
        Tensor b = bias.detach().to(ScalarType.Float64);
        b.requires_grad = true;
        long padding = kernel / 2;
        Tensor expected = nn.functional.conv2d(x, w, b, [stride, stride], [padding, padding]) + r;
        Tensor actual = ops.convolution(input, weight, bias, residual, stride);
        AssertClose(expected.detach(), actual.detach(), ScalarType.BFloat16);
        Tensor cut = ops.convolution(input, weight, bias, residual, stride, relu: true).detach();
        Assert.Equal(ops.to_bytes(actual.detach().relu()), ops.to_bytes(cut));

        Tensor weights = Given.Uniform(9, -1, 1, made).to(ScalarType.BFloat16);
        expected.backward([weights.to(ScalarType.Float64)]);
        actual.backward([weights]);
        AssertClose(x.grad!, input.grad!, ScalarType.BFloat16);
        AssertClose(r.grad!, residual.grad!, ScalarType.BFloat16);
        AssertClose(w.grad!, weight.grad!, ScalarType.Float32);
        AssertClose(b.grad!, bias.grad!, ScalarType.Float32);
    }

    [Theory]
    [InlineData(70, 300, 129)]
    [InlineData(0, 12, 4)] // no RoIs
    public void A_linear_layer_does_the_same(long rows, long inputs, long outputs)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor input = Leaf(1, ScalarType.BFloat16, rows, inputs);
        Tensor weight = Leaf(2, ScalarType.Float32, outputs, inputs);
        Tensor bias = Leaf(3, ScalarType.Float32, outputs);
        (Tensor x, Tensor w) = (Exact(input), Exact(weight));
        Tensor expected = nn.functional.linear(x, w, bias.detach().to(ScalarType.Float64));
        Tensor actual = ops.linear(input, weight, bias);
        Tensor weights = Given.Uniform(9, -1, 1, rows, outputs).to(ScalarType.BFloat16);
        expected.backward([weights.to(ScalarType.Float64)]);
        actual.backward([weights]);
        if (rows == 0)
        {
            Assert.Equal([0, outputs], actual.shape);
            Assert.Equal(0, weight.grad!.abs().max().item<float>());
            return;
        }
        AssertClose(expected.detach(), actual.detach(), ScalarType.BFloat16);
        AssertClose(x.grad!, input.grad!, ScalarType.BFloat16);
        AssertClose(w.grad!, weight.grad!, ScalarType.Float32);
        AssertClose(weights.to(ScalarType.Float64).sum(dim: 0), bias.grad!, ScalarType.Float32);
    }

    [Fact]
    public void A_weight_of_bfloat16_is_libtorchs_as_before()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor input = Given.Uniform(1, -1, 1, 3, 5).to(ScalarType.BFloat16);
        Tensor weight = Given.Uniform(2, -1, 1, 4, 5).to(ScalarType.BFloat16);
        Assert.Equal(ScalarType.BFloat16, ops.linear(input, weight).dtype);
    }
}
