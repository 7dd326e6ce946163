using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public static Tensor arange(
        Scalar stop,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.arange.Call(stop, dtype, Arg.None, device));

    public static Tensor arange(
        Scalar start,
        Scalar stop,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.arange_start.Call(start, stop, dtype, Arg.None, device));

    public static Tensor arange(
        Scalar start,
        Scalar stop,
        Scalar step,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.arange_start_step.Call(start, stop, step, dtype, Arg.None, device));

    public static Tensor tensor(float scalar, Device? device = null, bool requires_grad = false) =>
        full(Array.Empty<long>(), scalar, ScalarType.Float32, device, requires_grad);

    public static Tensor tensor(
        double scalar,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => full(Array.Empty<long>(), scalar, dtype ?? ScalarType.Float64, device, requires_grad);

    public static Tensor tensor(
        long scalar,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => full(Array.Empty<long>(), scalar, dtype ?? ScalarType.Int64, device, requires_grad);

    public static Tensor tensor(int scalar, Device? device = null, bool requires_grad = false) =>
        full(Array.Empty<long>(), scalar, ScalarType.Int32, device, requires_grad);

    public static Tensor tensor(
        bool scalar,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => full(Array.Empty<long>(), scalar, dtype ?? ScalarType.Bool, device, requires_grad);

    public static Tensor tensor(
        float[] rawArray,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Copied<float>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    public static Tensor tensor(
        float[] rawArray,
        ReadOnlySpan<long> dimensions,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Copied<float>(rawArray, dimensions.ToArray(), dtype, device, requires_grad);

    public static Tensor tensor(
        double[] rawArray,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Copied<double>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    public static Tensor tensor(
        double[] rawArray,
        ReadOnlySpan<long> dimensions,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Copied<double>(rawArray, dimensions.ToArray(), dtype, device, requires_grad);

    public static Tensor tensor(
        long[] dataArray,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Copied<long>(dataArray, [dataArray.Length], dtype, device, requires_grad);

    public static Tensor tensor(
        long[] dataArray,
        ReadOnlySpan<long> dimensions,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Copied<long>(dataArray, dimensions.ToArray(), dtype, device, requires_grad);

    public static Tensor tensor(
        int[] rawArray,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Copied<int>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    public static Tensor tensor(
        int[] rawArray,
        ReadOnlySpan<long> dimensions,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Copied<int>(rawArray, dimensions.ToArray(), dtype, device, requires_grad);

    public static Tensor tensor(
        bool[] rawArray,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Copied<bool>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    public static Tensor tensor(
        bool[] rawArray,
        ReadOnlySpan<long> dimensions,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Copied<bool>(rawArray, dimensions.ToArray(), dtype, device, requires_grad);

    private static Tensor Copied<T>(
        ReadOnlySpan<T> values,
        long[] sizes,
        ScalarType? dtype,
        Device? device,
        bool requiresGrad
    )
        where T : unmanaged
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor host = ops.from_span(values, sizes);
        Tensor placed = dtype is null && device is null ? host : host.to(dtype ?? host.dtype, device ?? "cpu");
        return scope.MoveToOuter(Requiring(requiresGrad, placed));
    }
}
