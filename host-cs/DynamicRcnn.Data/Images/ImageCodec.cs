using System.Buffers.Binary;

namespace DynamicRcnn.Data;

/// <summary>
/// Pictures from and to memory and files: JPEG, PNG, BMP, WebP, TIFF, TGA and PBM, told apart by their contents. Truncated or damaged data is an error,
/// never a picture with a grey rest; a JPEG that lacks nothing but its end marker is read.
/// Pictures and their sizes are upright: EXIF's orientation is applied here and nowhere else. May be called from any thread.
/// </summary>
public static unsafe class ImageCodec
{
    /// <summary>The limit used where the caller names none: 100 million pixels, 300 MB decoded.</summary>
    public const long DefaultMaxPixels = 100_000_000;

    /// <summary>A decoded picture must fit one array.</summary>
    private const long MostPixels = int.MaxValue / 3;

    /// <summary>Enough for nearly all headers; a file whose header is longer is read as a whole.</summary>
    private const int HeaderBytes = 1 << 16;

    /// <summary>Up to the end of a PNG's sides.</summary>
    private const int PngHeaderBytes = 24;

    /// <summary>Headers are looked for with short steps; what is read whole passes the window by.</summary>
    private const int WindowBytes = 1 << 9;

    private const string Unnamed = "The image";

    /// <summary>Decodes a file's data to RGB, upright.</summary>
    /// <param name="data">The whole file.</param>
    /// <param name="maxPixels">Larger pictures are refused by their header, before memory is taken for them.</param>
    /// <exception cref="ImageException">Unknown format, damaged or truncated data, or too many pixels.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> data, long maxPixels = DefaultMaxPixels) =>
        Decode(data, Unnamed, maxPixels);

    /// <summary>Reads an image file; see <see cref="Decode(ReadOnlySpan{byte}, long)"/>.</summary>
    /// <exception cref="ImageException">Names the file.</exception>
    public static RgbImage ReadFile(string path, long maxPixels = DefaultMaxPixels) =>
        Decode(ReadBytes(path), path, maxPixels);

    /// <summary>Reads an image from a stream, from its position to its end; see <see cref="Decode(ReadOnlySpan{byte}, long)"/>.</summary>
    /// <param name="stream">It stays open.</param>
    /// <param name="maxPixels">Larger pictures are refused by their header, before memory is taken for them.</param>
    /// <exception cref="ImageException">Unknown format, damaged or truncated data, or too many pixels.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static RgbImage Read(Stream stream, long maxPixels = DefaultMaxPixels)
    {
        using MemoryStream whole = new();
        stream.CopyTo(whole);
        return Decode(whole.GetBuffer().AsSpan(0, (int)whole.Length), maxPixels);
    }

    /// <summary>The upright size by the header, without decoding.</summary>
    /// <exception cref="ImageException">Unknown format or damaged header.</exception>
    public static ImageSize ReadSize(ReadOnlySpan<byte> data)
    {
        RequireData(data, Unnamed);
        fixed (byte* from = data)
        {
            using UnmanagedMemoryStream file = new(from, data.Length);
            return ExifOrientation
                .Read(file)
                .Turn(IsOfLibrary(data) ? JpegLibrary.ReadSize(data, Unnamed) : ManagedCodec.ReadSize(file, Unnamed));
        }
    }

    /// <summary>The upright size by a file's header; see <see cref="ReadFileHeader"/>.</summary>
    /// <exception cref="ImageException">Names the file.</exception>
    public static ImageSize ReadFileSize(string path) => ReadFileHeader(path).Size;

    /// <summary>What a file's header says; reads only the beginning of the file where that is enough.</summary>
    /// <exception cref="ImageException">Names the file.</exception>
    public static ImageHeader ReadFileHeader(string path) =>
        Reading(path, file => new ImageHeader(StoredSize(file, path), ExifOrientation.Read(file)));

    /// <summary>Encodes as JPEG.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="quality">1 to 100.</param>
    /// <exception cref="ImageException">A side exceeds JPEG's 65,500 pixels.</exception>
    public static byte[] EncodeJpeg(RgbImage image, int quality = 90)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        return JpegLibrary.IsThere
            ? JpegLibrary.Encode(image, quality, Unnamed)
            : ManagedCodec.EncodeJpeg(image, quality);
    }

    /// <summary>Encodes as PNG, 8-bit RGB.</summary>
    public static byte[] EncodePng(RgbImage image) => ManagedCodec.EncodePng(image);

    private static RgbImage Decode(ReadOnlySpan<byte> data, string name, long maxPixels)
    {
        RequireData(data, name);
        long most = Math.Min(maxPixels, MostPixels);
        fixed (byte* from = data)
        {
            using UnmanagedMemoryStream file = new(from, data.Length);
            RgbImage stored;
            if (IsOfLibrary(data))
            {
                ImageSize size = JpegLibrary.ReadSize(data, name);
                Check(size);
                stored = JpegLibrary.Decode(data, size, name);
            }
            else
            {
                if (PngSize(data) is { } size)
                {
                    Check(size);
                }
                stored = ManagedCodec.Decode(file, name, Check, most);
            }
            return ExifOrientation.Read(file).Turn(stored);
        }

        void Check(ImageSize size)
        {
            if ((long)size.Width * size.Height > most)
            {
                throw new ImageException(
                    $"{name}: the header states {size.Width} x {size.Height} pixels, more than the limit of {most} pixels (data.maxPixels)."
                );
            }
        }
    }

    private static bool IsOfLibrary(ReadOnlySpan<byte> data) => JpegLibrary.IsJpeg(data) && JpegLibrary.IsThere;

    private static void RequireData(ReadOnlySpan<byte> data, string name)
    {
        if (data.IsEmpty)
        {
            throw new ImageException($"{name}: there is no data.");
        }
    }

    /// <summary>The size of a PNG whose header is as it must be: its place is fixed, and data sets have many.</summary>
    private static ImageSize? PngSize(ReadOnlySpan<byte> data) =>
        data.Length >= PngHeaderBytes
        && data.StartsWith((ReadOnlySpan<byte>)[0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', 0, 0, 0, 13, .. "IHDR"u8])
        && BinaryPrimitives.ReadInt32BigEndian(data[16..]) is > 0 and var width
        && BinaryPrimitives.ReadInt32BigEndian(data[20..]) is > 0 and var height
            ? new ImageSize(width, height)
            : null;

    private static ImageSize StoredSize(FileStream file, string path)
    {
        ReadOnlySpan<byte> start = Beginning(file, PngHeaderBytes);
        RequireData(start, path);
        if (!IsOfLibrary(start))
        {
            return PngSize(start) ?? ManagedCodec.ReadSize(file, path);
        }
        try
        {
            return JpegLibrary.ReadSize(Beginning(file, HeaderBytes), path);
        }
        catch (ImageException) when (file.Length > HeaderBytes)
        {
            return JpegLibrary.ReadSize(Beginning(file, Array.MaxLength), path);
        }
    }

    private static byte[] ReadBytes(string path) => Reading(path, file => Beginning(file, Array.MaxLength));

    private static byte[] Beginning(FileStream file, int most)
    {
        byte[] bytes = new byte[checked((int)Math.Min(file.Length, most))];
        file.Position = 0;
        int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    private static T Reading<T>(string path, Func<FileStream, T> read)
    {
        try
        {
            if (InputFile.Length(path) == 0)
            {
                throw new ImageException($"{path}: there is no data: the file is empty, or no regular file.");
            }
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, WindowBytes);
            return read(file);
        }
        catch (Exception error)
            when (error is FileNotFoundException or DirectoryNotFoundException && !Directory.Exists(path))
        {
            throw new ImageException($"{path}: the file does not exist.", error);
        }
        catch (Exception error)
            when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            string reason = Directory.Exists(path) ? "it is a folder" : error.Message.TrimEnd('.');
            throw new ImageException($"{path}: the file cannot be read: {reason}.", error);
        }
    }
}
