namespace DynamicRcnn.Data;

/// <summary>
/// JPEG and PNG from and to memory and files. Truncated or damaged data is an error, never a picture with a grey rest.
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

    /// <summary>Headers are looked for with short steps; what is read whole passes the window by.</summary>
    private const int WindowBytes = 1 << 10;

    private const string Unnamed = "The image";

    /// <summary>Decodes JPEG or PNG data to RGB, upright.</summary>
    /// <param name="data">The whole file.</param>
    /// <param name="maxPixels">Larger pictures are refused by their header, before memory is taken for them.</param>
    /// <exception cref="ImageException">Unknown format, damaged or truncated data, or too many pixels.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> data, long maxPixels = DefaultMaxPixels) =>
        Decode(data, Unnamed, maxPixels);

    /// <summary>Reads a JPEG or PNG file; see <see cref="Decode(ReadOnlySpan{byte}, long)"/>.</summary>
    /// <exception cref="ImageException">Names the file.</exception>
    public static RgbImage ReadFile(string path, long maxPixels = DefaultMaxPixels) =>
        Decode(ReadBytes(path), path, maxPixels);

    /// <summary>The upright size by the header, without decoding.</summary>
    /// <exception cref="ImageException">Unknown format or damaged header.</exception>
    public static ImageSize ReadSize(ReadOnlySpan<byte> data) => OrientationOf(data).Turn(StoredSize(data, Unnamed));

    /// <summary>The upright size by a file's header; see <see cref="ReadFileHeader"/>.</summary>
    /// <exception cref="ImageException">Names the file.</exception>
    public static ImageSize ReadFileSize(string path) => ReadFileHeader(path).Size;

    /// <summary>What a file's header says; reads only the beginning of the file where that is enough.</summary>
    /// <exception cref="ImageException">Names the file.</exception>
    public static ImageHeader ReadFileHeader(string path)
    {
        byte[] beginning = ReadBytes(path, HeaderBytes);
        ImageSize stored;
        try
        {
            stored = StoredSize(beginning, path);
        }
        catch (ImageException) when (beginning.Length == HeaderBytes)
        {
            stored = StoredSize(ReadBytes(path), path);
        }
        return new ImageHeader(stored, ReadFileOrientation(path));
    }

    /// <summary>How a file's picture is turned to stand upright; a file that is no picture is taken as upright.</summary>
    /// <exception cref="ImageException">The file cannot be read; names it.</exception>
    public static Orientation ReadFileOrientation(string path) => Reading(path, ExifOrientation.Read);

    /// <summary>Encodes as JPEG.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="quality">1 to 100.</param>
    /// <exception cref="ImageException">A side exceeds JPEG's 65,500 pixels.</exception>
    public static byte[] EncodeJpeg(RgbImage image, int quality = 90)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        return Guarded(() =>
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
                return Take(status, data, size);
            }
        });
    }

    /// <summary>Encodes as PNG, 8-bit RGB.</summary>
    /// <exception cref="ImageException">A side exceeds libpng's limit of a million pixels.</exception>
    public static byte[] EncodePng(RgbImage image) =>
        Guarded(() =>
        {
            fixed (byte* pixels = image.Pixels)
            {
                int status = NativeImage.drcnn_image_encode_png(
                    pixels,
                    image.Width,
                    image.Height,
                    out byte* data,
                    out long size
                );
                return Take(status, data, size);
            }
        });

    private static RgbImage Decode(ReadOnlySpan<byte> data, string name, long maxPixels)
    {
        ImageSize size = StoredSize(data, name);
        long count = (long)size.Width * size.Height;
        if (count > Math.Min(maxPixels, MostPixels))
        {
            throw new ImageException(
                $"{name}: the header states {size.Width} x {size.Height} pixels, more than the limit of "
                    + $"{Math.Min(maxPixels, MostPixels)} pixels."
            );
        }
        byte[] pixels = GC.AllocateUninitializedArray<byte>((int)count * 3);
        fixed (byte* from = data)
        fixed (byte* to = pixels)
        {
            if (NativeImage.drcnn_image_decode(from, data.Length, to, pixels.Length) != 0)
            {
                throw Failure(name);
            }
        }
        return OrientationOf(data).Turn(new RgbImage(size.Width, size.Height, pixels));
    }

    private static Orientation OrientationOf(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return Orientation.Upright;
        }
        fixed (byte* from = data)
        {
            using UnmanagedMemoryStream file = new(from, data.Length);
            return ExifOrientation.Read(file);
        }
    }

    private static ImageSize StoredSize(ReadOnlySpan<byte> data, string name)
    {
        try
        {
            fixed (byte* from = data)
            {
                return NativeImage.drcnn_image_read_size(from, data.Length, out int width, out int height) == 0
                    ? new ImageSize(width, height)
                    : throw Failure(name);
            }
        }
        catch (DllNotFoundException missing)
        {
            throw MissingLibrary(missing);
        }
    }

    private static byte[] Guarded(Func<byte[]> encode)
    {
        try
        {
            return encode();
        }
        catch (DllNotFoundException missing)
        {
            throw MissingLibrary(missing);
        }
    }

    private static byte[] Take(int status, byte* data, long size)
    {
        if (status != 0)
        {
            throw Failure(Unnamed);
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

    private static ImageException Failure(string name) => new($"{name}: {NativeImage.LastError}.");

    private static ImageException MissingLibrary(DllNotFoundException missing) =>
        new(
            "The library libdrcnn_image.so, or libjpeg or libpng that it needs, was not found: "
                + "build it with 'dotnet fsi build.fsx native'.",
            missing
        );

    private static byte[] ReadBytes(string path, int most = int.MaxValue) =>
        Reading(
            path,
            file =>
            {
                byte[] bytes = new byte[checked((int)Math.Min(file.Length, Math.Min(most, Array.MaxLength)))];
                int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
                return read == bytes.Length ? bytes : bytes[..read];
            }
        );

    private static T Reading<T>(string path, Func<FileStream, T> read)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, WindowBytes);
            return read(file);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
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
