namespace DynamicRcnn.Model.Tests.Kernels;

public static class DispatcherTests
{
    [Fact]
    public static void Channels_last_is_another_layout_of_the_same_values()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor map = torch.randn([2, 3, 4, 5]);
        Tensor last = ops.channels_last(map);
        Assert.True(TensorMemory.IsChannelsLast(last));
        Assert.False(TensorMemory.IsChannelsLast(map));
        Assert.Equal(TestTensors.Read(map), TestTensors.Read(last));
    }

    [Fact]
    public static void Autograd_records_a_call()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor leaf = torch.tensor(new[] { 1f, -2 }).requires_grad_(true);
        Dispatcher.Call("aten::mul.Tensor", leaf, leaf).sum().backward();
        Assert.Equal([2f, -4], TestTensors.Read(leaf.grad!));
    }

    [Fact]
    public static void A_parameter_whose_memory_is_laid_anew_stays_the_object_that_it_was()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using Conv2d layer = Conv2d(3, 4, 3);
        Parameter weight = layer.weight!;
        float[] before = TestTensors.Read(weight.detach());
        ops.channels_last_(layer);
        Assert.True(TensorMemory.IsChannelsLast(weight));
        Assert.Same(weight, layer.weight);
        Assert.True(weight.is_leaf && weight.requires_grad);
        Assert.Equal(before, TestTensors.Read(weight.detach()));
    }

    [Fact]
    public static void A_call_that_libtorch_refuses_is_an_exception_and_leaves_no_tensor()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor two = torch.ones(2);
        Tensor three = torch.ones(3);
        long before = ops.live_tensors;
        Assert.Contains(
            "aten::mul.Tensor",
            Assert.Throws<InvalidOperationException>(() => Dispatcher.Call("aten::mul.Tensor", two, three)).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(before, ops.live_tensors);
    }
}
