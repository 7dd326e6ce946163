using DynamicRcnn.Model.Tests.Operators;

namespace DynamicRcnn.Model.Tests.Kernels;

/// <summary>The operators' way over the CUDA kernels without a GPU: a library runs the kernels' bodies on the CPU's memory.</summary>
internal static class OnCudaPath
{
    /// <summary>The way that tensors of the CPU take.</summary>
    internal static DeviceKernels Cpu => DeviceKernels.Of("a test", torch.empty(0));

    /// <summary>The way that tensors of a GPU take; skips the test where its library is not built.</summary>
    /// <param name="oneByOne">Whether each image of a deformable convolution is a chunk of its own.</param>
    internal static DeviceKernels Shim(bool oneByOne = false)
    {
        string path = Path.Combine(Repository.Folder(), "artifacts", "native-build", "libdrcnn_kernels_shim.so");
        if (!File.Exists(path))
            Assert.Skip("libdrcnn_kernels_shim.so is not built; run: dotnet fsi build.fsx kernel-tests");
        return oneByOne ? CudaKernels.Open(path, chunkBytes: 1) : CudaKernels.Open(path);
    }

    /// <summary>What a float32 or a float64 result may differ by, of the number or of 1 where that is more.</summary>
    internal static double Tolerance(ScalarType type) => type == ScalarType.Float64 ? 1e-12 : 1e-5;

    /// <summary>Results and gradients of the same type and shape, and nearly the same numbers.</summary>
    internal static void Equal(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.Equal(expected.dtype, actual.dtype);
        double[] numbers = Numbers(expected);
        Assert.All(
            Numbers(actual).Zip(numbers),
            pair =>
                Assert.InRange(Math.Abs(pair.First - pair.Second), 0, tolerance * Math.Max(1, Math.Abs(pair.Second)))
        );
    }

    /// <summary>The gradients that a sum of the result, weighed, gives to the leaves, made anew of the tensors.</summary>
    internal static (Tensor Output, Tensor?[] Gradients) Differentiated(
        Tensor?[] tensors,
        bool[] needs,
        Func<Tensor?[], Tensor> call
    )
    {
        Tensor?[] leaves = [.. tensors.Zip(needs, (tensor, isNeeded) => tensor?.detach().requires_grad_(isNeeded))];
        Tensor output = call(leaves);
        Tensor weights = Given.Uniform(99, -1, 1, output.shape).to(output.dtype);
        Tensor loss = (output * weights).sum();
        ops.backward(loss, torch.ones_like(loss));
        return (output.detach(), Array.ConvertAll(leaves, leaf => leaf?.grad));
    }

    private static double[] Numbers(Tensor tensor) => ops.to_array<double>(tensor.detach().to(ScalarType.Float64));
}
