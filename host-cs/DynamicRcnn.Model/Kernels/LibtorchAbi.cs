using System.Runtime.InteropServices;

namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// libtorch's stable C interface, name for name. A handle is the <c>at::Tensor*</c> that TorchSharp's <c>Tensor.Handle</c> is. The functions
/// return 0 when they succeed.
/// </summary>
internal static unsafe partial class LibtorchAbi
{
    internal const string Library = "torch_cpu";

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int aoti_torch_get_data_ptr(nint tensor, out void* data);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int aoti_torch_get_sizes(nint tensor, out long* sizes);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int aoti_torch_get_strides(nint tensor, out long* strides);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int aoti_torch_get_dim(nint tensor, out long count);

    [LibraryImport(Library)]
    internal static partial int aoti_torch_new_tensor_handle(nint tensor, out nint copy);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int torch_call_dispatcher(string name, string overload, ulong* stack, ulong version);

    [LibraryImport(Library)]
    internal static partial int torch_new_list_reserve_size(nuint size, out nint list);

    [LibraryImport(Library)]
    internal static partial int torch_list_push_back(nint list, ulong value);
}
