using DynamicRcnn.Model.Tests.Operators;

namespace DynamicRcnn.Model.Tests.Kernels;

/// <summary>What operators on a GPU give, compared with the CPU's, by a library that runs the CUDA kernels' bodies here.</summary>
public static class CudaKernelsTests
{
    private static readonly bool[] bothWays = [false, true];

    [Theory]
    [InlineData(ScalarType.Float32, 0, true)]
    [InlineData(ScalarType.Float32, 2, false)]
    [InlineData(ScalarType.Float64, 0, false)]
    [InlineData(ScalarType.Float64, 2, true)]
    public static void RoIAlign_and_its_gradient_are_the_CPUs_in_either_layout(
        ScalarType type,
        long samplingRatio,
        bool aligned
    )
    {
        using DisposeScope scope = torch.NewDisposeScope();
        DeviceKernels shim = OnCudaPath.Shim();
        Tensor plain = Given.Uniform(1, -1, 1, 2, 5, 13, 11).to(type);
        Tensor rois = Given.MixedRois(2, 9, 20).to(type);
        RoIAlignOptions options = new(0.6, 3, 4, samplingRatio, aligned);
        foreach (bool isLast in bothWays)
        {
            Tensor map = isLast ? ops.channels_last(plain) : plain;
            (Tensor Output, Tensor?[] Gradients) Run(DeviceKernels kernels) =>
                OnCudaPath.Differentiated(
                    [map, rois],
                    [true, false],
                    x => RoIAlignFunction.Call(kernels, x[0]!, x[1]!, options)
                );
            var (expected, ours) = (Run(OnCudaPath.Cpu), Run(shim));
            OnCudaPath.Equal(expected.Output, ours.Output, OnCudaPath.Tolerance(type));
            OnCudaPath.Equal(expected.Gradients[0]!, ours.Gradients[0]!, OnCudaPath.Tolerance(type));
        }
    }

    [Fact]
    public static void The_gradient_of_a_channels_last_map_is_laid_like_it()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        DeviceKernels shim = OnCudaPath.Shim();
        List<long> strides = [];
        Tensor map = Laid.Last(Given.Uniform(1, -1, 1, 2, 5, 6, 7).requires_grad_(true), strides);
        Tensor loss = RoIAlignFunction
            .Call(shim, map, Given.Rois(0, 1, 1, 5, 5), new RoIAlignOptions(1, 2, 2, 0, true))
            .sum();
        ops.backward(loss, torch.ones_like(loss));
        Assert.Equal(TensorMemory.Strides(map).ToArray(), strides);
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public static void RoIAlign_of_a_map_of_half_precision_is_rounded_once(ScalarType type)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor map = Given.Uniform(1, -1, 1, 2, 5, 13, 11).to(type);
        Tensor rois = Given.MixedRois(2, 9, 20);
        RoIAlignOptions options = new(0.6, 3, 4, 0, true);
        Tensor expected = RoIAlignFunction.Call(OnCudaPath.Cpu, map.to(ScalarType.Float32), rois, options).to(type);
        OnCudaPath.Equal(expected, RoIAlignFunction.Call(OnCudaPath.Shim(), map, rois, options), 1e-6);
    }

    [Fact]
    public static void RoIAlign_into_rows_leaves_those_of_padding_and_an_image_that_is_not_there_gives_NaN()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor map = torch.ones([1, 1, 4, 4]);
        Tensor pooled = torch.full([3, 1, 1, 1], 7, ScalarType.Float32);
        Tensor rois = Given.Rois(0, 1, 1, 3, 3, -1, 1, 1, 3, 3, 1, 1, 1, 3, 3);
        RoIAlignFunction.Into(OnCudaPath.Shim(), pooled, map, rois, new RoIAlignOptions(1, 1, 1, 0, true));
        Assert.Equal([1, 7, float.NaN], ops.to_array<float>(pooled));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.BFloat16)]
    public static void NMS_keeps_the_rows_that_the_CPU_keeps(ScalarType type)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        DeviceKernels shim = OnCudaPath.Shim();
        foreach (int count in new[] { 0, 1, 70, 300 })
        {
            Random random = new(count);
            Tensor boxes = Given.Floats([count, 4], TestTensors.RandomBoxes(random, count, 40, 8)).to(type);
            float[] coarse = [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(9))]; // many ties
            Tensor scores = Given.Floats([count], coarse).to(type);
            Tensor groups = Given.Longs([.. Enumerable.Range(0, count).Select(_ => (long)random.Next(-1, 3))]);
            foreach ((double offset, bool equal) in new[] { (0.0, false), (1.0, true) })
            {
                Suppression At(DeviceKernels kernels) => new(kernels, "a test", 0.4, offset, equal);
                var (cpu, ours) = (At(OnCudaPath.Cpu), At(shim));
                Assert.Equal(
                    ops.to_array<long>(cpu.Kept(boxes, scores, null)),
                    ops.to_array<long>(ours.Kept(boxes, scores, null))
                );
                Assert.Equal(
                    ops.to_array<long>(cpu.Kept(boxes, scores, groups)),
                    ops.to_array<long>(ours.Kept(boxes, scores, groups))
                );
                bool[] kept = ops.to_array<bool>(ours.Mask(boxes, scores, groups));
                Assert.Equal(ops.to_array<bool>(cpu.Mask(boxes, scores, groups)), kept);
                Assert.True(count < 70 || (kept.Contains(true) && kept.Contains(false)));
            }
        }
    }

    [Fact]
    public static void NMS_takes_float16()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor boxes = Given.Floats([3, 4], 0, 0, 9, 9, 0, 0, 9, 8, 20, 20, 30, 30).to(ScalarType.Float16);
        Tensor scores = Given.Floats([3], 1, 2, 3).to(ScalarType.Float16);
        Suppression rule = new(OnCudaPath.Shim(), "a test", 0.5, 0, false);
        Assert.Equal([2L, 1], ops.to_array<long>(rule.Kept(boxes, scores, null)));
    }

    [Fact]
    public static void Random_keys_are_the_CPUs()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        DeviceKernels shim = OnCudaPath.Shim();
        Tensor ids = Given.Longs(3, 1L << 40, -5);
        foreach (long count in new[] { 0, 1, 7, 1001 })
        {
            KeyDraw draw = new(-17, Given.Longs(4_000_000_000), 200, count);
            Tensor keys = RandomKeys.Make(shim, ids, draw);
            Assert.Equal([3, count], keys.shape);
            Assert.Equal(ops.to_array<long>(RandomKeys.Make(OnCudaPath.Cpu, ids, draw)), ops.to_array<long>(keys));
        }
        Assert.Contains(
            "purpose must be from 0 to 255, got 256",
            Assert
                .Throws<ArgumentException>(() => RandomKeys.Make(shim, ids, new KeyDraw(0, Given.Longs(0), 256, 1)))
                .Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public static void A_device_that_has_no_kernels_and_tensors_on_several_devices_are_refused()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor nowhere = torch.empty([3, 4], device: torch.META);
        void Refused(string text, Func<Tensor> call) =>
            Assert.Contains(text, Assert.Throws<ArgumentException>(call).Message, StringComparison.Ordinal);
        Refused("nms runs on the CPU and on CUDA devices, got meta", () => ops.nms(nowhere, torch.ones(3), 0.5));
        Refused(
            "nms: scores must be on cpu as the first argument, got meta",
            () => ops.nms(torch.ones([4, 4]), nowhere.view(-1)[..4], 0.5)
        );
    }

    [Fact]
    public static void A_library_that_is_missing_or_is_another_is_named_in_one_sentence()
    {
        const string start = "our kernels (libdrcnn_kernels_cuda.so) cannot be used: ";
        const string build = "dotnet fsi build.fsx native, where the CUDA toolkit (nvcc) is";
        Assert.Equal(
            $"{start}it is not beside the program; build it: {build}",
            Assert.Throws<LibtorchException>(() => CudaKernels.Open(null)).Message
        );
        string other = Path.Combine(AppContext.BaseDirectory, "libdrcnn_kernels.so");
        Assert.Equal(
            $"{start}{other} is not this library, expected version {DrcnnKernels.Version}; build it again: {build}",
            Assert.Throws<LibtorchException>(() => CudaKernels.Open(other)).Message
        );
        Assert.Contains(
            "cannot open shared object file",
            Assert.Throws<LibtorchException>(() => CudaKernels.Open("/nowhere/libcuda_kernels.so")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public static void Operators_have_CUDA_where_the_library_is_beside_the_program() =>
        Assert.Equal(
            File.Exists(Path.Combine(AppContext.BaseDirectory, "libdrcnn_kernels_cuda.so")),
            ops.has_cuda_operators
        );
}
