namespace DynamicRcnn.Model.Tests.Kernels;

/// <summary>An exception in backward comes to the caller and takes neither the process nor autograd with it.</summary>
public static class GuardedFunctionTests
{
    private enum Way
    {
        Right,
        Throws,
        Native,
        TooFew,
    }

    /// <summary>Twice its argument, whose gradient is made in one of the ways.</summary>
    private sealed class Twice : GuardedFunction<Twice>
    {
        internal static Tensor Of(Tensor input, Way way) => Record(input, way);

        protected override Tensor Result(torch.autograd.AutogradContext context, object?[] arguments)
        {
            context.save_data("way", arguments[1]!);
            context.save_for_backward([(Tensor)arguments[0]!]);
            return (Tensor)arguments[0]! * 2;
        }

        protected override Tensor?[] Gradients(
            torch.autograd.AutogradContext context,
            IReadOnlyList<Tensor?> saved,
            Tensor gradient,
            bool[] needs
        ) =>
            (Way)context.get_data("way") switch
            {
                Way.Throws => throw new ArithmeticException("the gradient cannot be computed"),
                Way.Native => [gradient.view(7), null],
                Way.TooFew => [gradient * 2],
                _ => [gradient * 2 * torch.ones_like(saved[0]!), null],
            };
    }

    private static void Backward(Tensor leaf, Way way)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor loss = (Twice.Of(leaf * 3, way) * 5).sum();
        ops.backward(loss, torch.ones_like(loss));
    }

    [Fact]
    public static void Gradients_flow_through_it()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor leaf = torch.ones(3).requires_grad_(true);
        Backward(leaf, Way.Right);
        Assert.Equal([30f, 30, 30], TestTensors.Read(leaf.grad!));
    }

    [Theory]
    [InlineData((int)Way.Throws, typeof(ArithmeticException), "the gradient cannot be computed")]
    [InlineData((int)Way.Native, typeof(System.Runtime.InteropServices.ExternalException), "shape '[7]' is invalid")]
    [InlineData((int)Way.TooFew, typeof(InvalidOperationException), "1 gradients were made for 2 arguments")]
    public static void What_backward_throws_is_thrown_to_the_caller(int way, Type type, string message)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor leaf = torch.ones(3).requires_grad_(true);
        Exception error = Assert.Throws(type, () => Backward(leaf, (Way)way));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Backward(leaf, Way.Right);
        Assert.Equal([30f, 30, 30], TestTensors.Read(leaf.grad!));
    }

    // The gradient that stands for a failure could be summed down to such shapes, and libtorch would take it.
    [Theory]
    [InlineData(new long[] { 1 })]
    [InlineData(new long[] { 13 })]
    [InlineData(new long[] { 1, 1, 11, 13 })]
    public static void A_failure_is_thrown_where_libtorch_takes_what_stands_for_it(long[] shape)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor leaf = torch.ones(shape).requires_grad_(true);
        Assert.Throws<ArithmeticException>(() => Backward(leaf, Way.Throws));
    }

    [Fact]
    public static void Threads_get_their_own_failures_alone()
    {
        Parallel.For(
            0,
            200,
            i =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                Tensor leaf = torch.ones(3).requires_grad_(true);
                if (i % 2 == 0)
                    Assert.Throws<ArithmeticException>(() => Backward(leaf, Way.Throws));
                else
                    Backward(leaf, Way.Right);
            }
        );
    }

    [Fact]
    public static void Neither_passes_nor_failures_leave_a_tensor()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor leaf = torch.ones(3).requires_grad_(true);
        Backward(leaf, Way.Right);
        long before = ops.live_tensors;
        for (int i = 0; i < 5_000; i++)
        {
            Assert.Throws<ArithmeticException>(() => Backward(leaf, Way.Throws));
            Backward(leaf, Way.Right);
        }
        Assert.Equal(before, ops.live_tensors);
    }

    // Every gradient of a pass would otherwise wait for the end of the caller's scope.
    [Fact]
    public static void A_pass_keeps_no_gradient_of_the_operators_in_its_middle()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor leaf = torch.ones(3).requires_grad_(true);
        Tensor hidden = leaf;
        for (int i = 0; i < 20; i++)
            hidden = Twice.Of(hidden, Way.Right);
        Tensor loss = hidden.sum();
        Tensor one = torch.ones_like(loss);
        int before = scope.DisposablesCount;
        ops.backward(loss, one);
        Assert.Equal(before, scope.DisposablesCount);
    }
}
