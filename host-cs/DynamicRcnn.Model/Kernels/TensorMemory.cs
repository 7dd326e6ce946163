namespace DynamicRcnn.Model.Kernels;

/// <summary>Where a tensor's elements lie and how they are laid out. The tensor must be kept alive while the pointer is used.</summary>
internal static unsafe class TensorMemory
{
    /// <summary>The first element; null for no tensor.</summary>
    internal static void* Of(Tensor? tensor)
    {
        if (tensor is null)
            return null;
        if (LibtorchAbi.aoti_torch_get_data_ptr(tensor.Handle, out void* data) != 0)
            throw new ArgumentException("the tensor has no memory of its own");
        return data;
    }

    /// <summary>The sizes where libtorch keeps them: TorchSharp's <c>shape</c> takes fifty times as long and makes an array.</summary>
    internal static ReadOnlySpan<long> Sizes(Tensor tensor)
    {
        _ = LibtorchAbi.aoti_torch_get_sizes(tensor.Handle, out long* sizes);
        return new ReadOnlySpan<long>(sizes, DimensionsOf(tensor));
    }

    /// <summary>Elements between neighbours along each dimension.</summary>
    internal static ReadOnlySpan<long> Strides(Tensor tensor)
    {
        _ = LibtorchAbi.aoti_torch_get_strides(tensor.Handle, out long* strides);
        return new ReadOnlySpan<long>(strides, DimensionsOf(tensor));
    }

    /// <summary>The values of a tensor, row after row, of a type: the tensor itself where they lie like that. Not recorded.</summary>
    internal static Tensor Dense(Tensor tensor, ScalarType type)
    {
        if (tensor.dtype == type && tensor.is_contiguous())
            return tensor;
        using IDisposable unrecorded = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        return scope.MoveToOuter(tensor.to(type).contiguous());
    }

    /// <summary>Whether a map [N, C, H, W] is [N, H, W, C] in memory, and not the former too, as one of a single channel or pixel is.</summary>
    internal static bool IsChannelsLast(Tensor map)
    {
        if (map.is_contiguous())
            return false;
        ReadOnlySpan<long> sizes = Sizes(map);
        ReadOnlySpan<long> strides = Strides(map);
        (long channels, long height, long width) = (sizes[1], sizes[2], sizes[3]);
        return strides.SequenceEqual([height * width * channels, 1, width * channels, channels]);
    }

    private static int DimensionsOf(Tensor tensor)
    {
        _ = LibtorchAbi.aoti_torch_get_dim(tensor.Handle, out long count);
        return (int)count;
    }
}
