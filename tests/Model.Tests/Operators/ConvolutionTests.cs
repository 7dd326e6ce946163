namespace DynamicRcnn.Model.Tests.Operators;

/// <summary>The convolution that adds and cuts in its last pass, against libtorch's in float64.</summary>
public sealed class ConvolutionTests
{
    /// <summary>
    /// Largest difference over largest value, 32 times float32's: the direct convolution's is at most 1e-6, Winograd's about four times
    /// its own of that.
    /// </summary>
    private const double Tolerance = 4e-6;

    /// <summary>float32 leaves of a layer: input, weight, bias, residual.</summary>
    private static Tensor[] Layer(int seed, long[] input, long outputs, long kernel, long stride)
    {
        long[] output = [input[0], outputs, (input[2] + stride - 1) / stride, (input[3] + stride - 1) / stride];
        Tensor[] tensors =
        [
            .. new[]
            {
                Given.Uniform(seed, -1, 1, input),
                Given.Uniform(seed + 1, -1, 1, outputs, input[1], kernel, kernel),
                Given.Uniform(seed + 2, -1, 1, outputs),
                Given.Uniform(seed + 3, -1, 1, output),
            }.Select(tensor => tensor.to(ScalarType.Float32)),
        ];
        foreach (Tensor tensor in tensors)
        {
            tensor.requires_grad = true;
        }
        return tensors;
    }

    private static Tensor Reference(Tensor[] layer, long stride, bool relu)
    {
        long padding = layer[1].shape[^1] / 2;
        Tensor sum =
            nn.functional.conv2d(layer[0], layer[1], layer[2], [stride, stride], [padding, padding]) + layer[3];
        return relu ? sum.relu() : sum;
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        double largest = expected.abs().max().item<double>();
        Assert.InRange((expected - actual.to(ScalarType.Float64)).abs().max().item<double>(), 0, Tolerance * largest);
    }

    [Theory]
    [InlineData(1, 16, 16, 13, 13, 3, 1)] // so few tiles that only whole rows of them fill a panel
    [InlineData(2, 17, 19, 9, 30, 3, 1)] // sides that tiles do not divide, channels that vectors do not
    [InlineData(1, 300, 103, 16, 17, 3, 1)] // more channels than a block
    [InlineData(1, 16, 16, 1, 64, 3, 1)]
    [InlineData(1, 16, 16, 64, 1, 3, 1)]
    [InlineData(20, 16, 16, 1, 1, 3, 1)] // a tile of one pixel an image
    [InlineData(1, 16, 17, 9, 900, 3, 1)] // a row of tiles longer than a chunk
    [InlineData(3, 5, 7, 4, 5, 3, 1)] // too small for tiles
    [InlineData(2, 16, 16, 9, 8, 3, 2)]
    [InlineData(2, 3, 5, 11, 10, 7, 2)]
    [InlineData(1, 1, 1, 1, 1, 1, 1)]
    [InlineData(2, 300, 103, 5, 7, 1, 1)]
    [InlineData(3, 17, 7, 15, 14, 1, 1)] // more pixels than a task
    [InlineData(2, 6, 200, 9, 8, 1, 2)]
    public void Outputs_and_gradients_equal_libtorchs_in_float64(
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
        Tensor[] layer = Layer(1, [batch, channels, height, width], outputs, kernel, stride);
        Tensor[] exact = Array.ConvertAll(layer, tensor => tensor.detach().to(ScalarType.Float64));
        foreach (Tensor tensor in exact)
        {
            tensor.requires_grad = true;
        }
        Tensor expected = Reference(exact, stride, relu: true);
        Tensor actual = ops.convolution(layer[0], layer[1], layer[2], layer[3], stride, relu: true);
        AssertClose(expected.detach(), actual.detach());

        // The derivative of a ReLU jumps where rounding may move its input over 0: the gradients are of the sum before it.
        Tensor weights = Given.Uniform(9, -1, 1, expected.shape);
        (Reference(exact, stride, relu: false) * weights).sum().backward();
        Tensor plain = ops.convolution(layer[0], layer[1], layer[2], layer[3], stride);
        (plain * weights.to(ScalarType.Float32)).sum().backward();
        foreach ((Tensor theirs, Tensor ours) in exact.Zip(layer))
        {
            AssertClose(theirs.grad!, ours.grad!);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void The_gradient_is_zero_where_the_ReLU_cut(long kernel)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] layer = Layer(5, [2, 16, 12, 12], 16, kernel, stride: 1);
        Tensor output = ops.convolution(layer[0], layer[1], layer[2], layer[3], relu: true);
        output.sum().backward();
        float[] values = ops.to_array<float>(output.detach());
        Assert.Contains(0f, values);
        Assert.Equal(values.Select(value => value > 0 ? 1f : 0f), ops.to_array<float>(layer[3].grad!));
    }

    [Theory]
    [InlineData(2, 33, 20, 29, 31, 3)]
    [InlineData(1, 64, 140, 10, 14, 1)]
    [InlineData(2, 3, 24, 33, 35, 7)]
    public void One_two_and_three_threads_give_the_same_bits(
        long batch,
        long channels,
        long outputs,
        long height,
        long width,
        long kernel
    )
    {
        using DisposeScope scope = NewDisposeScope();
        ThreadCounts.GiveTheSameBits(
            most: 3,
            () =>
            {
                Tensor[] layer = Layer(7, [batch, channels, height, width], outputs, kernel, stride: 1);
                Tensor output = ops.convolution(layer[0], layer[1], layer[2], layer[3], relu: true);
                output.sum().backward();
                return [ops.to_bytes(output.detach()), .. layer.Select(tensor => ops.to_bytes(tensor.grad!))];
            }
        );
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void An_image_does_not_depend_on_its_batch(long kernel)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable unrecorded = no_grad();
        Tensor[] layer = Layer(11, [3, 24, 22, 19], 18, kernel, stride: 1);
        Tensor all = ops.convolution(layer[0], layer[1], layer[2]);
        Tensor last = ops.convolution(layer[0].narrow(0, 2, 1), layer[1], layer[2]);
        Assert.Equal(ops.to_bytes(all.narrow(0, 2, 1).contiguous()), ops.to_bytes(last));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void No_images_give_no_outputs_and_a_zero_gradient(long kernel)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] layer = Layer(13, [0, 16, 20, 20], 16, kernel, stride: 1);
        Tensor output = ops.convolution(layer[0], layer[1], layer[2], relu: true);
        Assert.Equal([0, 16, 20, 20], output.shape);
        output.sum().backward();
        Assert.Equal(0, layer[1].grad!.abs().sum().item<float>());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void A_map_that_is_a_view_is_read_in_its_own_order(long kernel)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable unrecorded = no_grad();
        Tensor[] layer = Layer(15, [1, 16, 20, 24], 16, kernel, stride: 1);
        Tensor view = layer[0].permute(0, 1, 3, 2);
        Assert.Equal(
            ops.to_bytes(ops.convolution(view.contiguous(), layer[1], layer[2])),
            ops.to_bytes(ops.convolution(view, layer[1], layer[2]))
        );
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void Not_a_number_stays_one_behind_the_ReLU(long kernel)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable unrecorded = no_grad();
        Tensor[] layer = Layer(17, [1, 16, 20, 20], 16, kernel, stride: 1);
        layer[0].fill_(double.NaN);
        Tensor output = ops.convolution(layer[0], layer[1], layer[2], relu: true);
        Assert.All(ops.to_array<float>(output), value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void Weights_of_other_channels_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] layer = Layer(21, [1, 16, 20, 20], 16, kernel: 3, stride: 1);
        Tensor other = Given.Uniform(1, -1, 1, 16, 17, 3, 3).to(ScalarType.Float32);
        Assert.Contains(
            "16",
            Assert.Throws<ArgumentException>(() => ops.convolution(layer[0], other)).Message,
            StringComparison.Ordinal
        );
    }
}
