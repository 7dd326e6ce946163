using DynamicRcnn.Model.Tests.Operators;

namespace DynamicRcnn.Model.Tests.Kernels;

/// <summary>Deformable convolution's way over the CUDA kernels, compared with the CPU's.</summary>
public static class CudaDeformConv2dTests
{
    private static readonly bool[] all = [true, true, true, true, true];

    private static readonly bool[] bothWays = [false, true];

    /// <summary>A 3x2 kernel on [N, 8, 7, 6] with other steps in rows than in columns.</summary>
    private static DeformConv2dOptions Options(long groups, long offsetGroups) =>
        new((2, 1), (1, 2), (1, 2), groups, offsetGroups);

    /// <summary>Input, weight, offset, mask and bias.</summary>
    private static Tensor?[] Arguments(
        ScalarType type,
        long groups,
        long offsetGroups,
        bool hasMask = true,
        bool hasBias = true,
        long images = 3
    )
    {
        long[] fields = [images, offsetGroups * 6, 4, 8];
        return
        [
            Given.Uniform(1, -1, 1, images, 8, 7, 6).to(type),
            Given.Uniform(2, -1, 1, 4, 8 / groups, 3, 2).to(type),
            Given.Uniform(3, -3, 3, images, 2 * fields[1], 4, 8).to(type),
            hasMask ? Given.Uniform(4, 0, 1, fields).to(type) : null,
            hasBias ? Given.Uniform(5, -1, 1, 4).to(type) : null,
        ];
    }

    private static Tensor Call(DeviceKernels kernels, Tensor?[] x, DeformConv2dOptions options) =>
        DeformConv2dFunction.Call(kernels, new DeformArguments(x[0]!, x[1]!, x[2]!, x[3], x[4]), options);

    private static void Same(
        DeviceKernels shim,
        Tensor?[] arguments,
        bool[] needs,
        DeformConv2dOptions options,
        double tolerance
    )
    {
        (Tensor Output, Tensor?[] Gradients) Run(DeviceKernels kernels) =>
            OnCudaPath.Differentiated(arguments, needs, x => Call(kernels, x, options));
        var (expected, ours) = (Run(OnCudaPath.Cpu), Run(shim));
        OnCudaPath.Equal(expected.Output, ours.Output, tolerance);
        for (int place = 0; place < needs.Length; place++)
        {
            Tensor? gradient = expected.Gradients[place];
            Assert.Equal(gradient is null, ours.Gradients[place] is null);
            if (gradient is not null)
                OnCudaPath.Equal(gradient, ours.Gradients[place]!, tolerance);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1, 1, true)]
    [InlineData(ScalarType.Float32, 2, 4, false)]
    [InlineData(ScalarType.Float64, 1, 2, true)]
    [InlineData(ScalarType.Float64, 4, 1, false)]
    public static void Outputs_and_all_gradients_are_the_CPUs_in_one_chunk_and_in_several(
        ScalarType type,
        long groups,
        long offsetGroups,
        bool hasMaskAndBias
    )
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor?[] arguments = Arguments(type, groups, offsetGroups, hasMaskAndBias, hasMaskAndBias);
        foreach (bool oneByOne in bothWays)
        {
            Same(OnCudaPath.Shim(oneByOne), arguments, all, Options(groups, offsetGroups), OnCudaPath.Tolerance(type));
        }
    }

    [Fact]
    public static void Only_the_gradients_that_are_asked_for_are_given()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        DeviceKernels shim = OnCudaPath.Shim(oneByOne: true);
        for (int place = 0; place < all.Length; place++)
        {
            bool[] needs = new bool[all.Length];
            needs[place] = true;
            Same(shim, Arguments(ScalarType.Float64, 2, 2), needs, Options(2, 2), 1e-12);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public static void A_channels_last_input_gives_a_result_and_a_gradient_like_it(long groups)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        DeviceKernels shim = OnCudaPath.Shim();
        Tensor?[] arguments = Arguments(ScalarType.Float64, groups, 1);
        arguments[0] = ops.channels_last(arguments[0]!);
        Same(shim, arguments, all, Options(groups, 1), 1e-12);
        List<long> strides = [];
        Tensor input = arguments[0] = Laid.Last(arguments[0]!.detach().requires_grad_(true), strides);
        Tensor output = Call(shim, arguments, Options(groups, 1));
        Assert.True(TensorMemory.IsChannelsLast(output));
        ops.backward(output.sum(), torch.ones([], ScalarType.Float64));
        Assert.Equal(TensorMemory.Strides(input).ToArray(), strides);
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public static void Half_precision_is_computed_in_float32(ScalarType type)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        DeviceKernels shim = OnCudaPath.Shim();
        Tensor?[] half = Arguments(type, 1, 1);
        Tensor?[] full = Array.ConvertAll(half, tensor => tensor?.to(ScalarType.Float32));
        var ours = OnCudaPath.Differentiated(half, all, x => Call(shim, x, Options(1, 1)));
        var expected = OnCudaPath.Differentiated(full, all, x => Call(OnCudaPath.Cpu, x, Options(1, 1)).to(type));
        OnCudaPath.Equal(expected.Output, ours.Output, 1e-2);
        foreach ((Tensor? wanted, Tensor? got) in expected.Gradients.Zip(ours.Gradients))
            OnCudaPath.Equal(wanted!.to(type), got!, 1e-2);
    }

    [Fact]
    public static void A_batch_without_images_has_outputs_and_gradients_of_its_shapes()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Same(OnCudaPath.Shim(), Arguments(ScalarType.Float64, 1, 1, images: 0), all, Options(1, 1), 0);
    }

    [Fact]
    public static void What_the_kernels_refuse_is_refused_before_anything_is_computed()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor?[] arguments = Arguments(ScalarType.Float64, 2, 1);
        arguments[1] = torch.ones([5, 4, 3, 2], ScalarType.Float64);
        arguments[4] = null;
        Assert.Contains(
            "5 output channels must be a multiple of groups (2)",
            Assert.Throws<ArgumentException>(() => Call(OnCudaPath.Shim(), arguments, Options(2, 1))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public static void No_tensor_is_left_over()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        DeviceKernels shim = OnCudaPath.Shim(oneByOne: true);
        Tensor?[] arguments = Arguments(ScalarType.Float32, 1, 1);
        void Pass()
        {
            using DisposeScope inner = torch.NewDisposeScope();
            _ = OnCudaPath.Differentiated(arguments, all, x => Call(shim, x, Options(1, 1)));
        }
        Pass();
        long before = ops.live_tensors;
        for (int i = 0; i < 20; i++)
            Pass();
        Assert.Equal(before, ops.live_tensors);
    }
}
