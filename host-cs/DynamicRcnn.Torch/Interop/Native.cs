using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DynamicRcnn.Torch.Interop;

/// <summary>drcnn.h, name for name. A finder of libraries is set before the first call (<see cref="NativeLibraries"/>).</summary>
internal static unsafe partial class Native
{
    private const string Library = "drcnn";

    [LibraryImport(Library)]
    internal static partial byte* drcnn_last_error();

    [LibraryImport(Library)]
    internal static partial byte* drcnn_library_info();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int drcnn_op_find(string name, string overload, out nint op);

    [LibraryImport(Library)]
    internal static partial int drcnn_op_schema(nint op, byte* text, int capacity);

    [LibraryImport(Library)]
    internal static partial int drcnn_call(
        nint op,
        NativeValue* arguments,
        int count,
        NativeValue* results,
        int capacity
    );

    [LibraryImport(Library)]
    internal static partial void drcnn_free(nint memory);

    [LibraryImport(Library)]
    internal static partial void drcnn_release(nint tensor);

    [LibraryImport(Library)]
    internal static partial void drcnn_release_many(nint* tensors, int count);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial long drcnn_live_handles();

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int drcnn_dim(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int drcnn_sizes(nint tensor, long* sizes);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int drcnn_strides(nint tensor, long* strides);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial long drcnn_numel(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int drcnn_dtype(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int drcnn_device(nint tensor, out int index);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int drcnn_requires_grad(nint tensor);

    [LibraryImport(Library)]
    internal static partial nint drcnn_data(nint tensor);

    [LibraryImport(Library)]
    internal static partial int drcnn_item(nint tensor, out NativeValue value);

    [LibraryImport(Library)]
    internal static partial int drcnn_from_memory(void* data, long* sizes, int dimensions, int dtype, out nint tensor);

    [LibraryImport(Library)]
    internal static partial int drcnn_backward(nint loss, nint gradient, int retainGraph, int createGraph);

    [LibraryImport(Library)]
    internal static partial int drcnn_grad(nint tensor, out nint gradient);

    [LibraryImport(Library)]
    internal static partial int drcnn_set_grad(nint tensor, nint gradient);

    [LibraryImport(Library)]
    internal static partial int drcnn_set_requires_grad(nint tensor, int on);

    [LibraryImport(Library)]
    internal static partial int drcnn_grad_mode(int on);

    [LibraryImport(Library)]
    internal static partial int drcnn_autocast_cpu(int dtype);

    [LibraryImport(Library)]
    internal static partial int drcnn_set_threads(int count);

    [LibraryImport(Library)]
    internal static partial int drcnn_threads();

    [LibraryImport(Library)]
    internal static partial int drcnn_manual_seed(long seed);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Check(int status)
    {
        if (status < 0)
        {
            Throw();
        }
    }

    [DoesNotReturn]
    internal static void Throw() => throw new TorchException(Marshal.PtrToStringUTF8((nint)drcnn_last_error())!);
}
