using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using DynamicRcnn.Torch.Interop;
using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch;

/// <summary>What TorchSharp lacks: our operators, operators over lists of tensors, autocast, host memory.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "to_array and from_span name what they convert.")]
public static unsafe class ops
{
    private static readonly Op roiAlign = new("dynamic_rcnn::roi_align");
    private static readonly Op plainNms = new("dynamic_rcnn::nms");
    private static readonly Op groupedNms = new("dynamic_rcnn::batched_nms");
    private static readonly Op nmsMask = new("dynamic_rcnn::nms_keep");
    private static readonly Op randomKeys = new("dynamic_rcnn::random_keys");

    /// <summary>Native references to tensors that are held now, over all threads.</summary>
    public static long live_tensors => Native.drcnn_live_handles();

    /// <summary>Pools each RoI to a grid by bilinear samples (He et al. 2017).</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="rois">[R, 5]: image index, x1, y1, x2, y2. An index below 0 marks a padding row: zeros, no gradient.</param>
    /// <param name="spatial_scale">From RoI pixels to cells of <paramref name="input"/>.</param>
    /// <param name="pooled_height">Rows of the grid.</param>
    /// <param name="pooled_width">Columns of the grid.</param>
    /// <param name="sampling_ratio">Samples per bin and axis; 0 = by the bin's size.</param>
    /// <param name="aligned">Half-pixel shift and no minimum size; false is the legacy form.</param>
    /// <returns>[R, C, pooled_height, pooled_width].</returns>
    public static Tensor roi_align(
        Tensor input,
        Tensor rois,
        double spatial_scale,
        long pooled_height,
        long pooled_width,
        long sampling_ratio = 0,
        bool aligned = true
    ) => roiAlign.Call(input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned);

    /// <summary>Kept rows by descending score; equal scores keep their order.</summary>
    public static Tensor nms(
        Tensor boxes,
        Tensor scores,
        double iou_threshold,
        double offset = 0,
        bool suppress_equal = false
    ) => plainNms.Call(boxes, scores, iou_threshold, offset, suppress_equal);

    /// <summary>As <see cref="nms"/>, but boxes of different groups never suppress each other.</summary>
    public static Tensor batched_nms(
        Tensor boxes,
        Tensor scores,
        Tensor groups,
        double iou_threshold,
        double offset = 0,
        bool suppress_equal = false
    ) => groupedNms.Call(boxes, scores, groups, iou_threshold, offset, suppress_equal);

    /// <summary>bool [N]: which rows survive; the shape does not depend on the values. A group below 0 marks a padding row.</summary>
    public static Tensor nms_keep(
        Tensor boxes,
        Tensor scores,
        Tensor groups,
        double iou_threshold,
        double offset = 0,
        bool suppress_equal = false
    ) => nmsMask.Call(boxes, scores, groups, iou_threshold, offset, suppress_equal);

    /// <summary>int64 [N, count] sort keys, unique in a row, a function of the arguments alone (Philox4x32-10).</summary>
    public static Tensor random_keys(Tensor image_ids, long seed, long iteration, long purpose, long count) =>
        randomKeys.Call(image_ids, seed, iteration, purpose, count);

    /// <summary>tensors[i] += alpha * others[i].</summary>
    public static void foreach_add_(Tensor[] tensors, Tensor[] others, double alpha = 1) =>
        Aten.foreach_add__List.Run(tensors, others, alpha);

    /// <summary>tensors[i] *= factor.</summary>
    public static void foreach_mul_(Tensor[] tensors, double factor) => Aten.foreach_mul__Scalar.Run(tensors, factor);

    /// <summary>0-dimensional: the L2 norm over all elements of all tensors.</summary>
    public static Tensor global_norm(Tensor[] tensors)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] norms = Aten.foreach_norm_Scalar.CallMany(tensors, 2.0);
        Tensor all = stack(norms);
        return scope.MoveToOuter((all * all).sum().sqrt());
    }

    /// <summary>Runs convolutions and matrix products in <paramref name="dtype"/> on this thread until disposed; null = off.</summary>
    public static IDisposable autocast(ScalarType? dtype) => new Autocast(dtype is { } type ? (int)type : -1);

    /// <summary>A CPU tensor with a copy of the values, in their element type.</summary>
    public static Tensor from_span<T>(ReadOnlySpan<T> values, long[] shape)
        where T : unmanaged => from_bytes(MemoryMarshal.AsBytes(values), shape, TypeOf<T>());

    /// <summary>A CPU tensor with a copy of the bytes, read as elements of <paramref name="dtype"/>.</summary>
    public static Tensor from_bytes(ReadOnlySpan<byte> bytes, long[] shape, ScalarType dtype)
    {
        long expected = shape.Aggregate((long)SizeOf(dtype), (product, side) => product * side);
        if (expected != bytes.Length)
        {
            throw new ArgumentException(
                $"from_bytes: {dtype} [{string.Join(", ", shape)}] needs {expected} bytes, got {bytes.Length}."
            );
        }
        fixed (byte* data = bytes)
        fixed (long* sizes = shape)
        {
            Native.Check(Native.drcnn_from_memory(data, sizes, shape.Length, (int)dtype, out nint handle));
            return new Tensor(handle);
        }
    }

    /// <summary>The tensor's elements in row-major order. Waits for the device.</summary>
    public static T[] to_array<T>(Tensor tensor)
        where T : unmanaged
    {
        if (tensor.dtype != TypeOf<T>())
        {
            throw new ArgumentException($"to_array: the tensor is {tensor.dtype}, asked for {TypeOf<T>()}.");
        }
        return MemoryMarshal.Cast<byte, T>(to_bytes(tensor)).ToArray();
    }

    /// <summary>The tensor's elements in row-major order, as bytes. Waits for the device.</summary>
    public static byte[] to_bytes(Tensor tensor)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable unrecorded = no_grad();
        Tensor host = tensor.detach().cpu().contiguous();
        byte[] bytes = new byte[host.numel() * SizeOf(host.dtype)];
        new ReadOnlySpan<byte>((void*)Native.drcnn_data(host.Handle), bytes.Length).CopyTo(bytes);
        GC.KeepAlive(host);
        return bytes;
    }

    /// <summary>libtorch's version on the first line, how it was built below.</summary>
    public static string library_info() => Marshal.PtrToStringUTF8((nint)Native.drcnn_library_info())!;

    /// <summary>Bytes of one element.</summary>
    public static int SizeOf(ScalarType type) =>
        type switch
        {
            ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
            ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
            ScalarType.Int32 or ScalarType.Float32 => 4,
            _ => 8,
        };

    private static ScalarType TypeOf<T>()
        where T : unmanaged =>
        Type.GetTypeCode(typeof(T)) switch
        {
            TypeCode.Single => ScalarType.Float32,
            TypeCode.Double => ScalarType.Float64,
            TypeCode.Int64 => ScalarType.Int64,
            TypeCode.Int32 => ScalarType.Int32,
            TypeCode.Boolean => ScalarType.Bool,
            TypeCode.Byte => ScalarType.Byte,
            _ => throw new ArgumentException($"{typeof(T).Name} is no element type of a tensor."),
        };

    private sealed class Autocast(int dtype) : IDisposable
    {
        private readonly int before = Native.drcnn_autocast_cpu(dtype);

        public void Dispose() => _ = Native.drcnn_autocast_cpu(before);
    }
}
