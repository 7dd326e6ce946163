using System.Reflection;
using System.Runtime.InteropServices;

namespace DynamicRcnn.Data;

/// <summary>JPEG by libjpeg, whose pixels are Pillow's and OpenCV's to the bit. Where the library is missing, ImageSharp takes its place.</summary>
public static unsafe class JpegLibrary
{
    private static readonly Lazy<bool> isThere = new(() =>
        NativeLibrary.TryLoad(NativeImage.Library, Assembly.GetExecutingAssembly(), null, out _)
    );

    /// <summary>Whether libdrcnn_image and the libjpeg that it needs are found.</summary>
    public static bool IsThere => isThere.Value;

    /// <summary>Whether data is a JPEG by its beginning.</summary>
    internal static bool IsJpeg(ReadOnlySpan<byte> data) => data.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    /// <exception cref="ImageException">A damaged header.</exception>
    internal static ImageSize ReadSize(ReadOnlySpan<byte> data, string name)
    {
        fixed (byte* from = data)
        {
            return NativeImage.drcnn_image_read_size(from, data.Length, out int width, out int height) == 0
                ? new ImageSize(width, height)
                : throw Failure(name);
        }
    }

    /// <param name="data">The whole file.</param>
    /// <param name="size">By <see cref="ReadSize"/>.</param>
    /// <param name="name">For sentences.</param>
    /// <exception cref="ImageException">Damaged or truncated data.</exception>
    internal static RgbImage Decode(ReadOnlySpan<byte> data, ImageSize size, string name)
    {
        byte[] pixels = GC.AllocateUninitializedArray<byte>(size.Width * size.Height * 3);
        fixed (byte* from = data)
        fixed (byte* to = pixels)
        {
            return NativeImage.drcnn_image_decode(from, data.Length, to, pixels.Length) == 0
                ? new RgbImage(size.Width, size.Height, pixels)
                : throw Failure(name);
        }
    }

    /// <exception cref="ImageException">A side exceeds what JPEG holds.</exception>
    internal static byte[] Encode(RgbImage image, int quality, string name)
    {
        fixed (byte* pixels = image.Pixels)
        {
            int status = NativeImage.drcnn_image_encode_jpeg(
                pixels,
                image.Width,
                image.Height,
                quality,
                out byte* data,
                out long size
            );
            if (status != 0)
            {
                throw Failure(name);
            }
            try
            {
                return new ReadOnlySpan<byte>(data, checked((int)size)).ToArray();
            }
            finally
            {
                NativeImage.drcnn_image_free(data);
            }
        }
    }

    private static ImageException Failure(string name) => new($"{name}: {NativeImage.LastError}.");
}
