using System.Diagnostics;
using Xunit;

namespace DynamicRcnn.Data.Tests.Images;

public sealed class PngTests
{
    // Odd sides, so that packed rows end inside a byte and interlaced passes are uneven.
    private const int Width = 13;
    private const int Height = 11;

    private static void Expect(byte[] file, Func<int, int, RgbColor> expected)
    {
        RgbImage image = ImageCodec.Decode(file);
        Assert.Equal((Width, Height), (image.Width, image.Height));
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                Assert.Equal(expected(x, y), image[x, y]);
            }
        }
    }

    private static RgbColor Grey(int value) => new((byte)value, (byte)value, (byte)value);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(13, 11)]
    [InlineData(320, 7)]
    public void An_encoded_picture_decodes_to_the_same_pixels(int width, int height)
    {
        RgbImage image = TestPictures.Gradient(width, height);
        byte[] file = ImageCodec.EncodePng(image);
        Assert.Equal(new ImageSize(width, height), ImageCodec.ReadSize(file));
        Assert.Equal(image.Pixels, ImageCodec.Decode(file).Pixels);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(8, false)]
    [InlineData(1, true)]
    [InlineData(8, true)]
    public void Grey_of_any_depth_spans_black_to_white(int depth, bool interlaced)
    {
        int most = (1 << depth) - 1;
        byte[] file = new PngBytes(Width, Height, depth, PngKind.Grey) { Interlaced = interlaced }.Write(
            (x, y, _) => (x + y) % (most + 1)
        );
        Expect(file, (x, y) => Grey((x + y) % (most + 1) * 255 / most));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Palette_entries_are_looked_up_and_their_transparency_is_dropped(int depth)
    {
        int count = Math.Min(1 << depth, 200);
        byte[] palette = [.. Enumerable.Range(0, count).SelectMany(i => new[] { (byte)i, (byte)(255 - i), (byte)7 })];
        byte[] file = new PngBytes(Width, Height, depth, PngKind.Palette)
        {
            Palette = palette,
            Transparency = [0],
        }.Write((x, y, _) => (x * y) % count);
        Expect(file, (x, y) => new RgbColor((byte)(x * y % count), (byte)(255 - (x * y % count)), 7));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sixteen_bit_samples_keep_their_high_byte(bool interlaced)
    {
        byte[] rgb = new PngBytes(Width, Height, 16, PngKind.Rgb) { Interlaced = interlaced }.Write(
            (x, y, channel) => (((x * 17) + (y * 3) + channel) << 8) | 0xFE
        );
        Expect(
            rgb,
            (x, y) => new((byte)((x * 17) + (y * 3)), (byte)((x * 17) + (y * 3) + 1), (byte)((x * 17) + (y * 3) + 2))
        );
        byte[] grey = new PngBytes(Width, Height, 16, PngKind.Grey).Write((x, y, _) => ((x + y) << 8) | 0x80);
        Expect(grey, (x, y) => Grey(x + y));
    }

    [Fact]
    public void Alpha_is_dropped()
    {
        byte[] rgba = new PngBytes(Width, Height, 8, PngKind.Rgba).Write(
            (x, y, c) => c == 3 ? x * y % 256 : 10 * (c + 1)
        );
        Expect(rgba, (_, _) => new RgbColor(10, 20, 30));
        byte[] greyAlpha = new PngBytes(Width, Height, 16, PngKind.GreyAlpha).Write((x, _, c) => c == 1 ? 0 : x << 8);
        Expect(greyAlpha, (x, _) => Grey(x));
        byte[] keyed = new PngBytes(Width, Height, 8, PngKind.Rgb) { Transparency = [0, 5, 0, 5, 0, 5] }.Write(
            (_, _, _) => 5
        );
        Expect(keyed, (_, _) => Grey(5));
    }

    [Theory]
    [InlineData(100_000, 100_000)]
    [InlineData(int.MaxValue, int.MaxValue)]
    [InlineData(1, int.MaxValue)]
    public void A_header_beyond_the_limit_is_refused_before_memory_is_taken(int width, int height)
    {
        byte[] file = new PngBytes(width, height, 8, PngKind.Rgb).HeaderOnly();
        long before = GC.GetAllocatedBytesForCurrentThread();
        ImageException error = Assert.Throws<ImageException>(() => ImageCodec.Decode(file));
        Assert.Contains($"{width} x {height}", error.Message, StringComparison.Ordinal);
        Assert.Contains("limit", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void A_text_that_claims_two_gigabytes_takes_no_memory()
    {
        byte[] length = [0x77, 0x35, 0x94, 0x00];
        byte[] file =
        [
            .. new PngBytes(Width, Height, 8, PngKind.Rgb).HeaderOnly(),
            .. length,
            .. "zTXt"u8,
            .. new byte[100],
        ];
        long before = PeakResidentBytes();
        Assert.Contains("damaged", Assert.Throws<ImageException>(() => ImageCodec.Decode(file)).Message);
        Assert.True(PeakResidentBytes() - before < 200_000_000); // the system may give a little less than before
    }

    private static long PeakResidentBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    [Fact]
    public void The_limit_counts_pixels_inclusively()
    {
        byte[] file = ImageCodec.EncodePng(TestPictures.Gradient(10, 10));
        Assert.Equal(10, ImageCodec.Decode(file, maxPixels: 100).Width);
        Assert.Throws<ImageException>(() => ImageCodec.Decode(file, maxPixels: 99));
    }

    [Fact]
    public void A_header_without_pixels_is_damaged()
    {
        foreach ((int width, int height) in new[] { (0, 5), (5, 0), (-1, 5) })
        {
            byte[] file = new PngBytes(width, height, 8, PngKind.Rgb).HeaderOnly();
            Assert.Contains("damaged", Assert.Throws<ImageException>(() => ImageCodec.Decode(file)).Message);
        }
    }

    [Fact]
    public void Every_shortened_file_is_refused()
    {
        byte[] file = ImageCodec.EncodePng(TestPictures.Gradient(40, 30));
        for (int length = 0; length < file.Length; length++)
        {
            byte[] shortened = file[..length];
            Assert.Throws<ImageException>(() => ImageCodec.Decode(shortened));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_picture_that_lacks_rows_is_refused(bool interlaced)
    {
        const int header = 8 + 25;
        PngBytes kind = new(Width, Height, 8, PngKind.Rgb) { Interlaced = interlaced };
        byte[] whole = kind.Write((x, _, channel) => (10 * x) + channel + 1);
        foreach (int rows in (int[])[Height + 1, 2 * Height])
        {
            byte[] file = [.. (kind with { Height = rows }).HeaderOnly(), .. whole[header..]];
            Assert.Contains("damaged", Assert.Throws<ImageException>(() => ImageCodec.Decode(file)).Message);
        }
    }

    [Fact]
    public void Every_changed_byte_is_noticed()
    {
        byte[] file = ImageCodec.EncodePng(TestPictures.Gradient(16, 12));
        for (int at = 0; at < file.Length; at++)
        {
            byte[] changed = (byte[])file.Clone();
            changed[at] ^= 0x41;
            Assert.Throws<ImageException>(() => ImageCodec.Decode(changed));
        }
    }
}
