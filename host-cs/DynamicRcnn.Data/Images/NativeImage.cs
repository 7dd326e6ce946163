using System.Runtime.InteropServices;

namespace DynamicRcnn.Data;

/// <summary>The functions of kernels/include/drcnn_image.h, same names and order.</summary>
internal static unsafe partial class NativeImage
{
    internal const string Library = "drcnn_image";

    [LibraryImport(Library)]
    internal static partial byte* drcnn_image_last_error();

    [LibraryImport(Library)]
    internal static partial int drcnn_image_read_size(byte* data, long size, out int width, out int height);

    [LibraryImport(Library)]
    internal static partial int drcnn_image_decode(byte* data, long size, byte* pixels, long pixels_size);

    [LibraryImport(Library)]
    internal static partial int drcnn_image_encode_jpeg(
        byte* pixels,
        int width,
        int height,
        int quality,
        out byte* data,
        out long size
    );

    [LibraryImport(Library)]
    internal static partial void drcnn_image_free(byte* data);

    /// <summary>The text of this thread's last failure.</summary>
    internal static string LastError => Marshal.PtrToStringUTF8((nint)drcnn_image_last_error()) ?? "";
}
