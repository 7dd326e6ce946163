using System.Buffers.Binary;
using Xunit;

namespace DynamicRcnn.Data.Tests.Images;

/// <summary>BMP, WebP, TIFF, TGA and PBM, beside JPEG and PNG, which have tests of their own.</summary>
public sealed class FormatTests : IDisposable
{
    private const int Levels = 3;

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-formats-").FullName;

    public static TheoryData<string> Names => [.. RecordedPictures.All.Select(picture => picture.Name)];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void Pixels_are_those_that_Pillow_gives(string name)
    {
        (_, byte[] file, RgbImage expected) = RecordedPictures.Named(name);
        RgbImage image = ImageCodec.Decode(file);
        ImageSize size = new(expected.Width, expected.Height);
        Assert.Equal(size, new ImageSize(image.Width, image.Height));
        Assert.Equal(size, ImageCodec.ReadSize(file));
        Assert.InRange(MostDifference(expected.Pixels, image.Pixels), 0, Levels);
    }

    /// <summary>What is behind a format's last needed byte may be missing; what is before may not.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_shortened_file_is_refused_or_has_all_its_pixels(string name)
    {
        byte[] file = RecordedPictures.Named(name).File;
        byte[] whole = ImageCodec.Decode(file).Pixels;
        // The last number of a text may be any of its beginnings, which are numbers too.
        int lost = name.Contains("plain", StringComparison.Ordinal) ? 4 : 0;
        int refused = 0;
        for (int length = 0; length < file.Length - lost; length++)
        {
            byte[] shortened = file[..length];
            try
            {
                Assert.True(whole.AsSpan().SequenceEqual(ImageCodec.Decode(shortened).Pixels), $"{length} bytes");
            }
            catch (ImageException error)
            {
                refused++;
                Assert.DoesNotContain('\n', error.Message);
            }
        }
        Assert.InRange(refused, 10, file.Length);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_is_recognised_whatever_it_is_called(string name)
    {
        string path = Path.Combine(folder, "wrong.jpg");
        RecordedPicture picture = RecordedPictures.Named(name);
        File.WriteAllBytes(path, picture.File);
        Assert.Equal(picture.Pixels.Width, ImageCodec.ReadFileSize(path).Width);
        Assert.InRange(MostDifference(picture.Pixels.Pixels, ImageCodec.ReadFile(path).Pixels), 0, Levels);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void More_pixels_than_the_limit_are_refused(string name)
    {
        byte[] file = RecordedPictures.Named(name).File;
        Assert.Contains(
            "13 x 9",
            Assert.Throws<ImageException>(() => ImageCodec.Decode(file, maxPixels: 116)).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(13, ImageCodec.Decode(file, maxPixels: 117).Width);
    }

    [Fact]
    public void A_header_beyond_the_limit_takes_no_memory()
    {
        byte[] bmp = [.. RecordedPictures.Named("BMP rgb").File];
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(18), 30_000);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(22), 30_000);
        byte[] colours = [.. RecordedPictures.Named("BMP palette").File];
        BinaryPrimitives.WriteInt32LittleEndian(colours.AsSpan(10), 1_300_000_000);
        BinaryPrimitives.WriteInt32LittleEndian(colours.AsSpan(46), 300_000_000);
        long start = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("early", Assert.Throws<ImageException>(() => ImageCodec.Decode(colours)).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - start, 0, 1_000_000);
        byte[] tga = [.. RecordedPictures.Named("TGA rgb packed").File];
        tga.AsSpan(12, 4).Fill(0x7F);
        byte[] pbm = "P6 40000 40000 255\n\0\0\0"u8.ToArray();
        foreach (byte[] file in (byte[][])[bmp, tga, pbm])
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Contains("limit", Assert.Throws<ImageException>(() => ImageCodec.Decode(file)).Message);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        }
    }

    [Fact]
    public void What_ImageSharp_lacks_is_one_sentence()
    {
        byte[] file = [.. RecordedPictures.Named("TIFF rgb raw").File];
        int compression = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x03, 0x01, 3, 0, 1, 0, 0, 0]) + 8;
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(compression), 50001);
        string message = Assert.Throws<ImageException>(() => ImageCodec.Decode(file)).Message;
        Assert.StartsWith("The image: this kind of TIFF is not read: ", message, StringComparison.Ordinal);
        Assert.Contains("50001", message, StringComparison.Ordinal);
        byte[] fax = [.. RecordedPictures.Named("TIFF one group4").File];
        fax[fax.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x06, 0x01, 3, 0, 1, 0, 0, 0]) + 8] = 1;
        Assert.Contains("CCITT", Assert.Throws<ImageException>(() => ImageCodec.Decode(fax)).Message);
        byte[] unstated = [.. RecordedPictures.Named("TIFF one group4").File];
        unstated[unstated.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x02, 0x01, 3, 0, 1, 0, 0, 0])] = 0xFF;
        Assert.Equal(
            "The image: this kind of TIFF is not read: one bit a pixel that it does not state.",
            Assert.Throws<ImageException>(() => ImageCodec.Decode(unstated)).Message
        );
        byte[] targa = [0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 2, 0, 1, 0, 0xAA, 0x55, 0xAA, 0x55];
        Assert.Equal(
            "The image: this kind of TGA is not read: one bit a pixel.",
            Assert.Throws<ImageException>(() => ImageCodec.ReadSize(targa)).Message
        );
    }

    private static int MostDifference(byte[] expected, byte[] actual) =>
        expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max();
}
