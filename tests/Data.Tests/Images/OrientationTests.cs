using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Data.Tests.Images;

public sealed class OrientationTests : IDisposable
{
    /// <summary>A lossless WebP of "abc/def" (libwebp by way of Pillow).</summary>
    private const string Letters3x2 = "UklGRjAAAABXRUJQVlA4TCMAAAAvAkAAAC8gkE121PwxktiwDZv/7DDUtG3Ahjr/cmpE/2N6AQA=";

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-exif-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>What "abc/def" looks like upright, by the standard's figures.</summary>
    [Theory]
    [InlineData(0, "abc/def")]
    [InlineData(1, "abc/def")]
    [InlineData(2, "cba/fed")]
    [InlineData(3, "fed/cba")]
    [InlineData(4, "def/abc")]
    [InlineData(5, "ad/be/cf")]
    [InlineData(6, "da/eb/fc")]
    [InlineData(7, "fc/eb/da")]
    [InlineData(8, "cf/be/ad")]
    [InlineData(9, "abc/def")]
    [InlineData(65535, "abc/def")]
    public void A_PNG_is_decoded_upright(int value, string expected)
    {
        byte[] png = ImageCodec.EncodePng(new RgbImage(3, 2, [.. "aaabbbcccdddeeefff"u8]));
        foreach (bool little in (bool[])[false, true])
        {
            foreach (bool last in (bool[])[false, true])
            {
                byte[] file = ExifBytes.InPng(png, ExifBytes.Tiff(value, little), last);
                RgbImage image = ImageCodec.Decode(file);
                Assert.Equal(expected, Letters(image));
                Assert.Equal(new ImageSize(image.Width, image.Height), ImageCodec.ReadSize(file));
                Assert.Equal(new ImageSize(3, 2), ImageCodec.ReadFileHeader(Write("a.png", file)).Stored);
            }
        }
    }

    [Theory]
    [InlineData(1, "abc/def")]
    [InlineData(2, "cba/fed")]
    [InlineData(3, "fed/cba")]
    [InlineData(4, "def/abc")]
    [InlineData(5, "ad/be/cf")]
    [InlineData(6, "da/eb/fc")]
    [InlineData(7, "fc/eb/da")]
    [InlineData(8, "cf/be/ad")]
    [InlineData(9, "abc/def")]
    public void TIFF_and_WebP_are_decoded_upright(int value, string expected)
    {
        RgbImage picture = new(3, 2, [.. "aaabbbcccdddeeefff"u8]);
        byte[] webp = Convert.FromBase64String(Letters3x2);
        Assert.Equal("abc/def", Letters(ImageCodec.Decode(webp)));
        foreach (bool little in (bool[])[false, true])
        {
            byte[] exif = ExifBytes.Tiff(value, little);
            byte[][] files =
            [
                TiffBytes.Write(picture, value, little, last: false),
                TiffBytes.Write(picture, value, little, last: true),
                ExifBytes.InWebp(webp, 3, 2, exif),
                ExifBytes.InWebp(webp, 3, 2, [.. "Exif\0\0"u8, .. exif]),
            ];
            foreach (byte[] file in files)
            {
                RgbImage image = ImageCodec.Decode(file);
                Assert.Equal(expected, Letters(image));
                Assert.Equal(new ImageSize(image.Width, image.Height), ImageCodec.ReadSize(file));
                Assert.Equal(new ImageSize(3, 2), ImageCodec.ReadFileHeader(Write("a.tif", file)).Stored);
                Assert.Equal(new ImageSize(image.Width, image.Height), ImageCodec.ReadFileSize(Write("a.tif", file)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void A_JPEG_is_decoded_upright(int value)
    {
        byte[] jpeg = ImageCodec.EncodeJpeg(TestPictures.Gradient(20, 12));
        RgbImage expected = Orientation.OfExif(value).Turn(ImageCodec.Decode(jpeg));
        foreach (bool little in (bool[])[false, true])
        {
            byte[] file = ExifBytes.InJpeg(jpeg, ExifBytes.Tiff(value, little));
            RgbImage image = ImageCodec.Decode(file);
            Assert.Equal(expected.Pixels, image.Pixels);
            ImageSize size = value >= 5 ? new ImageSize(12, 20) : new ImageSize(20, 12);
            Assert.Equal(size, new ImageSize(image.Width, image.Height));
            Assert.Equal(size, ImageCodec.ReadFileSize(Write("a.jpg", file)));
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void A_box_turns_with_its_picture(int value)
    {
        Orientation orientation = Orientation.OfExif(value);
        ImageSize stored = new(9, 7);
        Canvas canvas = new(TestPictures.Plain(stored.Width, stored.Height, RgbColor.Black));
        canvas.FillRectangle(1, 2, 6, 4, RgbColor.White);
        RgbImage upright = orientation.Turn(canvas.ToImage());
        GroundTruthBox box = orientation.Turn(new GroundTruthBox(1, 2, 6, 4, 3, false, 10, 5), stored);
        for (int y = 0; y < upright.Height; y++)
        {
            for (int x = 0; x < upright.Width; x++)
            {
                bool inside = x >= box.X1 && x < box.X2 && y >= box.Y1 && y < box.Y2;
                Assert.Equal(inside ? RgbColor.White : RgbColor.Black, upright[x, y]);
            }
        }
        Assert.Equal((3, 10.0, 5L), (box.Label, box.Area, box.AnnotationId));
    }

    public static TheoryData<int> Values => [1, 2, 3, 4, 5, 6, 7, 8];

    [Fact]
    public void The_first_segment_with_an_orientation_counts_and_none_behind_the_picture_does()
    {
        byte[] jpeg = ImageCodec.EncodeJpeg(TestPictures.Gradient(20, 12));
        byte[] turned = ExifBytes.InJpeg(jpeg, ExifBytes.Tiff(6));
        byte[] first = turned[2..^(jpeg.Length - 2)];
        byte[] other = ExifBytes.InJpeg(jpeg, ExifBytes.Tiff(3))[2..^(jpeg.Length - 2)];
        byte[] notes = [0xFF, 0xE1, 0, 12, .. "http://xap"u8];
        byte[] fill = [0xFF, 0xFF, 0xFF];
        Assert.Equal(12, ImageCodec.Decode([.. jpeg[..2], .. notes, .. fill, .. first, .. other, .. jpeg[2..]]).Width);
        Assert.Equal(20, ImageCodec.Decode([.. jpeg[..2], .. other, .. first, .. jpeg[2..]]).Width);
        Assert.Equal(20, ImageCodec.Decode([.. jpeg, .. first]).Width);
    }

    [Fact]
    public void An_orientation_behind_a_long_header_is_found()
    {
        byte[] jpeg = ImageCodec.EncodeJpeg(TestPictures.Gradient(33, 21));
        byte[] comment = [0xFF, 0xFE, 0xC0, 0x00, .. new byte[0xC000 - 2]];
        byte[] turned = ExifBytes.InJpeg(jpeg, ExifBytes.Tiff(8));
        string path = Write("long.jpg", [.. jpeg[..2], .. comment, .. comment, .. turned[2..]]);
        Assert.Equal(new ImageHeader(new ImageSize(33, 21), Orientation.OfExif(8)), ImageCodec.ReadFileHeader(path));
        Assert.Equal(21, ImageCodec.ReadFile(path).Width);
    }

    [Fact]
    public void Malformed_data_means_upright()
    {
        byte[] good = ExifBytes.Tiff(6);
        List<byte[]> bad =
        [
            [],
            [.. "no TIFF at all"u8],
            With(2, 1),
            With(4, 0xFF),
            With(7, 0xFF),
            With(9, 0),
        ];
        bad.AddRange(Enumerable.Range(0, 34).Select(length => good[..length]));
        byte[] jpeg = ImageCodec.EncodeJpeg(TestPictures.Gradient(20, 12));
        byte[] png = ImageCodec.EncodePng(TestPictures.Gradient(20, 12));
        foreach (byte[] tiff in bad)
        {
            Assert.Equal(new ImageSize(20, 12), ImageCodec.ReadSize(ExifBytes.InJpeg(jpeg, tiff)));
            Assert.Equal(20, ImageCodec.Decode(ExifBytes.InJpeg(jpeg, tiff)).Width);
            Assert.Equal(new ImageSize(20, 12), ImageCodec.ReadSize(ExifBytes.InPng(png, tiff)));
        }

        byte[] With(int place, byte value)
        {
            byte[] changed = (byte[])good.Clone();
            changed[place] = value;
            return changed;
        }
    }

    [Fact]
    public void Any_bytes_have_an_orientation()
    {
        byte[] jpeg = ExifBytes.InJpeg(ImageCodec.EncodeJpeg(TestPictures.Gradient(20, 12)), ExifBytes.Tiff(6));
        byte[] png = ExifBytes.InPng(
            ImageCodec.EncodePng(TestPictures.Gradient(20, 12)),
            ExifBytes.Tiff(6),
            last: true
        );
        Random random = new(17);
        byte[] tif = TiffBytes.Write(TestPictures.Gradient(20, 12), 6, little: true, last: true);
        byte[] webp = ExifBytes.InWebp(Convert.FromBase64String(Letters3x2), 3, 2, ExifBytes.Tiff(6));
        foreach (byte[] file in (byte[][])[jpeg, png, tif, webp])
        {
            for (int i = 0; i < 2000; i++)
            {
                byte[] damaged = file[..random.Next(file.Length + 1)];
                for (int change = random.Next(4); change > 0 && damaged.Length > 0; change--)
                {
                    damaged[random.Next(Math.Min(damaged.Length, 80))] = (byte)random.Next(256);
                }
                using MemoryStream stream = new(damaged);
                ImageSize size = ExifOrientation.Read(stream).Turn(new ImageSize(20, 12));
                Assert.Equal(32, size.Width + size.Height);
            }
        }
        using MemoryStream filled = new([0xFF, 0xD8, .. Enumerable.Repeat((byte)0xFF, 1 << 20)]);
        Assert.Equal(Orientation.Upright, ExifOrientation.Read(filled));
    }

    [Fact]
    public void Pillow_turns_the_same_files_the_same_way()
    {
        RgbImage picture = TestPictures.Gradient(20, 12);
        for (int value = 1; value <= 8; value++)
        {
            byte[] png = ExifBytes.InPng(ImageCodec.EncodePng(picture), ExifBytes.Tiff(value, little: value % 2 == 0));
            File.WriteAllBytes(
                Path.Combine(folder, $"{value}.rgb"),
                ImageCodec.ReadFile(Write($"{value}.png", png)).Pixels
            );
            byte[] tiff = TiffBytes.Write(picture, value, little: value % 2 == 0, last: false);
            Assert.Equal(ImageCodec.Decode(png).Pixels, ImageCodec.ReadFile(Write($"{value}.tif", tiff)).Pixels);
        }
        string turned = Python.RunText(
            folder,
            """
            from PIL import Image, ImageOps
            for value in range(1, 9):
                ours = open(f"{value}.rgb", "rb").read()
                theirs = ImageOps.exif_transpose(Image.open(f"{value}.png"))
                tiff = Image.open(f"{value}.tif")  # Pillow turns these when it loads them
                print(value, theirs.size[0], theirs.tobytes() == ours and tiff.tobytes() == ours)
            """,
            "PIL"
        );
        Assert.Equal(
            [.. Enumerable.Range(1, 8).Select(value => $"{value} {(value >= 5 ? 12 : 20)} True")],
            turned.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        );
    }

    [Fact]
    public void OpenCV_turns_the_same_files_the_same_way()
    {
        // Quarters of one colour, far from what another decoder's rounding changes.
        Canvas canvas = new(TestPictures.Plain(32, 16, new RgbColor(250, 20, 20)));
        canvas.FillRectangle(16, 0, 32, 8, new RgbColor(20, 250, 20));
        canvas.FillRectangle(0, 8, 16, 16, new RgbColor(20, 20, 250));
        byte[] jpeg = ImageCodec.EncodeJpeg(canvas.ToImage(), quality: 100);
        for (int value = 1; value <= 8; value++)
        {
            byte[] file = ExifBytes.InJpeg(jpeg, ExifBytes.Tiff(value, little: value % 2 == 0));
            File.WriteAllBytes(
                Path.Combine(folder, $"{value}.rgb"),
                ImageCodec.ReadFile(Write($"{value}.jpg", file)).Pixels
            );
        }
        string turned = Python.RunText(
            folder,
            """
            import cv2, numpy
            for value in range(1, 9):
                theirs = cv2.imread(f"{value}.jpg")[:, :, ::-1]
                ours = numpy.fromfile(f"{value}.rgb", numpy.uint8).reshape(theirs.shape)
                print(value, theirs.shape[1], abs(ours.astype(int) - theirs).max() <= 8)
            """,
            "cv2",
            "numpy"
        );
        Assert.Equal(
            [.. Enumerable.Range(1, 8).Select(value => $"{value} {(value >= 5 ? 16 : 32)} True")],
            turned.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        );
    }

    private string Write(string name, byte[] data)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllBytes(path, data);
        return path;
    }

    private static string Letters(RgbImage image) =>
        string.Join(
            '/',
            image
                .Pixels.Chunk(3 * image.Width)
                .Select(row => string.Concat(row.Chunk(3).Select(pixel => (char)pixel[0])))
        );
}
