using System.Diagnostics;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Pbm;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Tga;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.PixelFormats;

namespace DynamicRcnn.Data;

/// <summary>
/// Pictures by ImageSharp, as stored: orientation is not applied, alpha is dropped, 16 bits keep their high byte, of several pages the first is taken. It has
/// the formats that are read alone, works in the caller's thread, and whatever it throws becomes one sentence.
/// </summary>
internal static class ManagedCodec
{
    private const string Formats = "JPEG, PNG, BMP, WebP, TIFF, TGA and PBM";

    /// <summary>Four channels of 16 bits: no buffer of a picture needs more.</summary>
    private const int MostBytesOfPixel = 8;

    /// <summary>For a pixel, in all: what is unpacked, ImageSharp's picture and ours.</summary>
    private const int MostBytesTaken = 32;

    private const int Rgb = 3;

    private static readonly Configuration shared = Create();

    /// <summary>The size of what is stored, by the header.</summary>
    /// <param name="file">Read from its beginning.</param>
    /// <param name="name">For sentences.</param>
    /// <exception cref="ImageException">No format that is read, or a damaged header.</exception>
    internal static ImageSize ReadSize(Stream file, string name)
    {
        IImageFormat format = FormatOf(file, name);
        return Guarded(format, name, () => SizeOf(Identify(shared, format, file)));
    }

    /// <summary>Decodes to RGB.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">For sentences.</param>
    /// <param name="checkSize">Refuses what is too large, before memory is taken for it.</param>
    /// <param name="maxPixels">Bounds each buffer.</param>
    /// <exception cref="ImageException">No format that is read, or damaged data.</exception>
    internal static RgbImage Decode(
        UnmanagedMemoryStream file,
        string name,
        Action<ImageSize> checkSize,
        long maxPixels
    )
    {
        IImageFormat format = FormatOf(file, name);
        Configuration configuration = shared.Clone();
        configuration.MemoryAllocator = new BoundedAllocator(
            Math.Min(Array.MaxLength, (maxPixels + (1 << 16)) * MostBytesOfPixel)
        );
        (IImageInfo info, ImageSize size) = Guarded(
            format,
            name,
            () =>
            {
                IImageInfo info = Identify(configuration, format, file);
                return (info, SizeOf(info));
            }
        );
        checkSize(size);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            bool wide = format == PngFormat.Instance && info.Metadata.GetPngMetadata().BitDepth == PngBitDepth.Bit16;
            return Guarded(format, name, () => DecodeWhole(configuration, format, file, size, wide));
        }
        finally
        {
            GiveBack(GC.GetAllocatedBytesForCurrentThread() - before, size);
        }
    }

    private static RgbImage DecodeWhole(
        Configuration configuration,
        IImageFormat format,
        UnmanagedMemoryStream file,
        ImageSize size,
        bool wide
    )
    {
        if (WholeFile.EndsEarly(format, file, size))
        {
            throw new InvalidImageContentException("the data ends early");
        }
        IImageDecoder decoder = configuration.ImageFormatsManager.FindDecoder(format);
        file.Position = 0;
        using Image image = wide
            ? decoder.Decode<Rgb48>(configuration, file, CancellationToken.None)
            : decoder.Decode<Rgb24>(configuration, file, CancellationToken.None);
        RgbImage pixels = new(image.Width, image.Height, Pixels(image));
        return pixels.Width != size.Width || pixels.Height != size.Height
                ? throw new InvalidImageContentException("its size changes between its headers")
            : WholeFile.LacksRows(format, file, pixels) ? throw new InvalidImageContentException("rows are missing")
            : pixels;
    }

    /// <summary>
    /// A lossless WebP of a few bytes can make ImageSharp take an array of 2.4 GB for code tables that are not there. It is no memory until it is written to,
    /// or handed out a second time: so it goes back at once.
    /// </summary>
    private static void GiveBack(long taken, ImageSize size)
    {
        const long usual = 1 << 26;
        if (taken > usual + (MostBytesTaken * (long)size.Width * size.Height))
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }

    /// <summary>A PNG file of 8-bit RGB that holds nothing but the picture.</summary>
    internal static byte[] EncodePng(RgbImage image) =>
        Encode(image, new PngEncoder { ColorType = PngColorType.Rgb, ChunkFilter = PngChunkFilter.ExcludeAll });

    /// <summary>A JPEG file with halved chroma, as libjpeg's are.</summary>
    internal static byte[] EncodeJpeg(RgbImage image, int quality) =>
        Encode(image, new JpegEncoder { Quality = quality, ColorType = JpegColorType.YCbCrRatio420 });

    /// <summary>The pixels of an image of any type.</summary>
    internal static RgbImage Copy(Image image)
    {
        if (image is Image<Rgb24> or Image<Rgb48>)
        {
            return new RgbImage(image.Width, image.Height, Pixels(image));
        }
        using Image<Rgb24> narrow = image.CloneAs<Rgb24>();
        return new RgbImage(image.Width, image.Height, Pixels(narrow));
    }

    private static byte[] Encode(RgbImage image, IImageEncoder encoder)
    {
        using Image<Rgb24> picture = Image.LoadPixelData<Rgb24>(shared, image.Pixels, image.Width, image.Height);
        using MemoryStream file = new();
        picture.Save(file, encoder);
        return file.ToArray();
    }

    private static Configuration Create()
    {
        Configuration configuration = new(
            new PngConfigurationModule(),
            new JpegConfigurationModule(),
            new BmpConfigurationModule(),
            new WebpConfigurationModule(),
            new TiffConfigurationModule(),
            new PbmConfigurationModule(),
            new TgaConfigurationModule()
        )
        {
            MaxDegreeOfParallelism = 1,
            MemoryAllocator = new BoundedAllocator(Array.MaxLength),
        };
        ImageFormatManager formats = configuration.ImageFormatsManager;
        formats.SetDecoder(PngFormat.Instance, new PngDecoder { IgnoreMetadata = true });
        formats.SetDecoder(JpegFormat.Instance, new JpegDecoder { IgnoreMetadata = true });
        formats.SetDecoder(WebpFormat.Instance, new WebpDecoder { IgnoreMetadata = true });
        formats.SetDecoder(
            TiffFormat.Instance,
            new TiffDecoder { IgnoreMetadata = true, DecodingMode = FrameDecodingMode.First }
        );
        return configuration;
    }

    private static IImageFormat FormatOf(Stream file, string name)
    {
        file.Position = 0;
        return Image.DetectFormat(shared, file) ?? throw new ImageException($"{name}: this is none of {Formats}.");
    }

    private static IImageInfo Identify(Configuration configuration, IImageFormat format, Stream file)
    {
        if (format == BmpFormat.Instance && WholeFile.LacksBmpPixels(file))
        {
            throw new InvalidImageContentException("the data ends early");
        }
        string? unread =
            format == TiffFormat.Instance ? TiffFile.Unread(file)
            : format == TgaFormat.Instance ? WholeFile.UnreadTga(file)
            : null;
        if (unread is not null)
        {
            throw new NotSupportedException(unread);
        }
        file.Position = 0;
        var detector = (IImageInfoDetector)configuration.ImageFormatsManager.FindDecoder(format);
        return detector.Identify(configuration, file, CancellationToken.None);
    }

    private static ImageSize SizeOf(IImageInfo info) =>
        info.Width > 0 && info.Height > 0
            ? new ImageSize(info.Width, info.Height)
            : throw new InvalidImageContentException($"its header states {info.Width} x {info.Height} pixels");

    private static byte[] Pixels(Image image)
    {
        byte[] pixels = GC.AllocateUninitializedArray<byte>(Rgb * image.Width * image.Height);
        switch (image)
        {
            case Image<Rgb24> narrow:
                narrow.CopyPixelDataTo(pixels);
                break;
            case Image<Rgb48> wide:
                wide.ProcessPixelRows(rows =>
                {
                    for (int y = 0; y < rows.Height; y++)
                    {
                        HighBytes(rows.GetRowSpan(y), pixels.AsSpan(Rgb * y * rows.Width));
                    }
                });
                break;
            default:
                throw new UnreachableException();
        }
        return pixels;
    }

    private static void HighBytes(ReadOnlySpan<Rgb48> row, Span<byte> to)
    {
        for (int x = 0; x < row.Length; x++)
        {
            to[Rgb * x] = (byte)(row[x].R >> 8);
            to[(Rgb * x) + 1] = (byte)(row[x].G >> 8);
            to[(Rgb * x) + 2] = (byte)(row[x].B >> 8);
        }
    }

    /// <summary>What ImageSharp throws at damaged data is not only what it says that it throws.</summary>
    private static T Guarded<T>(IImageFormat format, string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (NotSupportedException error)
        {
            throw new ImageException($"{name}: this kind of {NameOf(format)} is not read: {Clause(error)}.", error);
        }
        catch (Exception error) when (error is not (OutOfMemoryException or ImageException))
        {
            string text = error is ImageFormatException or InvalidMemoryOperationException
                ? Clause(error)
                : "its parts do not fit each other";
            throw new ImageException($"{name}: the {NameOf(format)} data is damaged: {text}.", error);
        }
    }

    private static string Clause(Exception error) => error.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.');

    private static string NameOf(IImageFormat format) => format == WebpFormat.Instance ? "WebP" : format.Name;
}
