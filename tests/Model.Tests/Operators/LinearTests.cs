namespace DynamicRcnn.Model.Tests.Operators;

/// <summary>The linear layer of float32 on the CPU against libtorch's in float64.</summary>
public sealed class LinearTests
{
    /// <summary>Largest difference over largest value: eight times what float32 rounds by.</summary>
    private const double Tolerance = 1e-6;

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(7, 5, 3)]
    [InlineData(33, 300, 70)] // more inputs than a block, more outputs than a panel
    [InlineData(200, 49, 129)]
    [InlineData(600, 7000, 130)] // both sides packed, a stretch of the inputs after the other
    [InlineData(0, 12, 4)] // no RoIs
    public void Outputs_and_gradients_equal_libtorchs_in_float64(long rows, long inputs, long outputs)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] exact =
        [
            Given.Uniform(1, -1, 1, rows, inputs),
            Given.Uniform(2, -1, 1, outputs, inputs),
            Given.Uniform(3, -1, 1, outputs),
        ];
        Tensor[] ours = Array.ConvertAll(exact, tensor => tensor.to(ScalarType.Float32));
        exact = Array.ConvertAll(ours, tensor => tensor.to(ScalarType.Float64));
        foreach (Tensor tensor in exact.Concat(ours))
        {
            tensor.requires_grad = true;
        }
        Tensor expected = nn.functional.linear(exact[0], exact[1], exact[2]);
        Tensor actual = ops.linear(ours[0], ours[1], ours[2]);
        AssertClose(expected.detach(), actual.detach());

        Tensor weights = Given.Uniform(4, -1, 1, rows, outputs).to(ScalarType.Float32);
        (expected * weights.to(ScalarType.Float64)).sum().backward();
        (actual * weights).sum().backward();
        foreach ((Tensor theirs, Tensor mine) in exact.Zip(ours))
        {
            AssertClose(theirs.grad!, mine.grad!);
        }
    }

    [Fact]
    public void One_two_and_three_threads_give_the_same_bits()
    {
        using DisposeScope scope = NewDisposeScope();
        ThreadCounts.GiveTheSameBits(
            most: 3,
            () =>
            {
                Tensor[] layer =
                [
                    Given.Uniform(5, -1, 1, 520, 500).to(ScalarType.Float32),
                    Given.Uniform(6, -1, 1, 140, 500).to(ScalarType.Float32),
                ];
                foreach (Tensor tensor in layer)
                {
                    tensor.requires_grad = true;
                }
                Tensor output = ops.linear(layer[0], layer[1]);
                output.sum().backward();
                return [ops.to_bytes(output.detach()), .. layer.Select(tensor => ops.to_bytes(tensor.grad!))];
            }
        );
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        if (expected.numel() == 0)
        {
            return;
        }
        double largest = expected.abs().max().item<double>();
        Assert.InRange((expected - actual.to(ScalarType.Float64)).abs().max().item<double>(), 0, Tolerance * largest);
    }
}
