using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DynamicRcnn.Torch.Interop;

/// <summary>drcnn.h, name for name. A finder of libraries is set before the first call (<see cref="NativeLibraries"/>).</summary>
/// <remarks>
/// Calls that neither wait, nor allocate, nor throw keep the thread in managed mode (SuppressGCTransition): metadata only.
/// </remarks>
internal static unsafe partial class Native
{
    internal const string Library = "drcnn";

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
    internal static partial long drcnn_live_tensors();

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int drcnn_dim(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int drcnn_sizes(nint tensor, long* sizes, int capacity);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int drcnn_strides(nint tensor, long* strides, int capacity);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial long drcnn_numel(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int drcnn_dtype(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int drcnn_device(nint tensor, out int index);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int drcnn_requires_grad(nint tensor);

    [LibraryImport(Library)]
    internal static partial int drcnn_item(nint tensor, out NativeValue value);

    [LibraryImport(Library)]
    internal static partial int drcnn_from_memory(void* data, long* sizes, int dimensions, int dtype, out nint tensor);

    [LibraryImport(Library)]
    internal static partial int drcnn_copy_to(nint tensor, void* data, int dtype);

    [LibraryImport(Library)]
    internal static partial int drcnn_upload(nint* tensors, int count, int deviceType, int deviceIndex, nint* copies);

    [LibraryImport(Library)]
    internal static partial int drcnn_set_device(int deviceType, int deviceIndex);

    [LibraryImport(Library)]
    internal static partial int drcnn_device_count(int deviceType);

    [LibraryImport(Library)]
    internal static partial int drcnn_observe(int on);

    [LibraryImport(Library)]
    internal static partial int drcnn_observed(byte* text, int capacity);

    [LibraryImport(Library)]
    internal static partial int drcnn_time_operators(int on);

    [LibraryImport(Library)]
    internal static partial int drcnn_operator_times(byte* text, int capacity);

    [LibraryImport(Library)]
    internal static partial int drcnn_backward(
        nint loss,
        nint gradient,
        int retainGraph,
        int createGraph,
        nint* inputs,
        int inputCount
    );

    [LibraryImport(Library)]
    internal static partial int drcnn_grad(nint tensor, out nint gradient);

    [LibraryImport(Library)]
    internal static partial int drcnn_set_grad(nint tensor, nint gradient);

    [LibraryImport(Library)]
    internal static partial int drcnn_set_requires_grad(nint tensor, int on);

    [LibraryImport(Library)]
    internal static partial int drcnn_grad_mode(int on);

    [LibraryImport(Library)]
    internal static partial int drcnn_inference_enter(int on, out nint scope);

    [LibraryImport(Library)]
    internal static partial void drcnn_inference_leave(nint scope);

    [LibraryImport(Library)]
    internal static partial int drcnn_autocast(int dtype);

    [LibraryImport(Library)]
    internal static partial int drcnn_set_threads(int count);

    [LibraryImport(Library)]
    internal static partial int drcnn_threads();

    [LibraryImport(Library)]
    internal static partial int drcnn_manual_seed(long seed);

    [LibraryImport(Library)]
    internal static partial int drcnn_has_cuda();

    [LibraryImport(Library)]
    internal static partial int drcnn_has_cuda_operators();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Check(int status)
    {
        if (status < 0)
        {
            Throw();
        }
    }

    /// <summary>Reads the thread's error text at once: the next failing call replaces it.</summary>
    [DoesNotReturn]
    internal static void Throw() => throw new TorchException(Marshal.PtrToStringUTF8((nint)drcnn_last_error())!);
}
