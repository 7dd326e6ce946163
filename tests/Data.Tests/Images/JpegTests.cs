using DynamicRcnn.Data.Tests.Fuzzing;
using Xunit;

namespace DynamicRcnn.Data.Tests.Images;

public sealed class JpegTests
{
    /// <summary>A chroma conversion rounds once or twice.</summary>
    private const int Rounding = 2;

    private const int EndMarker = 2;

    private static void ExpectUniform(RgbColor expected, byte[] file)
    {
        RgbImage image = ImageCodec.Decode(file);
        Assert.Equal((8, 8), (image.Width, image.Height));
        for (int i = 0; i < 64; i++)
        {
            RgbColor color = image[i % 8, i / 8];
            Assert.InRange(color.Red - expected.Red, -Rounding, Rounding);
            Assert.InRange(color.Green - expected.Green, -Rounding, Rounding);
            Assert.InRange(color.Blue - expected.Blue, -Rounding, Rounding);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 8)]
    [InlineData(101, 67)]
    public void An_encoded_picture_decodes_to_nearly_the_same_pixels(int width, int height)
    {
        RgbImage image = TestPictures.Gradient(width, height);
        byte[] file = ImageCodec.EncodeJpeg(image, quality: 95);
        Assert.Equal(new ImageSize(width, height), ImageCodec.ReadSize(file));
        RgbImage decoded = ImageCodec.Decode(file);
        double difference = image.Pixels.Zip(decoded.Pixels, (a, b) => (double)Math.Abs(a - b)).Average();
        Assert.InRange(difference, 0, 4); // halved chroma of a picture that changes much between pixels
    }

    [Fact]
    public void Lower_quality_gives_smaller_files()
    {
        RgbImage image = TestPictures.Gradient(200, 200);
        Assert.True(ImageCodec.EncodeJpeg(image, 20).Length < ImageCodec.EncodeJpeg(image, 95).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageCodec.EncodeJpeg(image, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageCodec.EncodeJpeg(image, 101));
    }

    [Fact]
    public void A_side_that_JPEG_cannot_hold_is_refused()
    {
        ImageException error = Assert.Throws<ImageException>(() =>
            ImageCodec.EncodeJpeg(new RgbImage(70_000, 1, new byte[210_000]))
        );
        Assert.Contains("65500", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Grey_becomes_RGB() => ExpectUniform(new(77, 77, 77), JpegBytes.Uniform([77], null));

    [Fact]
    public void RGB_stored_without_a_transform_stays() =>
        ExpectUniform(new(200, 30, 90), JpegBytes.Uniform([200, 30, 90], 0));

    // CMYK: red = (255 - cyan) * (255 - black) / 255.
    [Fact]
    public void CMYK_without_an_Adobe_segment_is_ink() =>
        ExpectUniform(new(155 * 205 / 255, 55 * 205 / 255, 205), JpegBytes.Uniform([100, 200, 0, 50], null));

    [Fact]
    public void CMYK_with_an_Adobe_segment_is_inverted() =>
        ExpectUniform(new(155 * 205 / 255, 55 * 205 / 255, 205), JpegBytes.Uniform([155, 55, 255, 205], 0));

    [Fact]
    public void YCCK_is_converted_and_inverted()
    {
        // Luma is 255 minus the stored inks, which are inverted: luma 0 stands for three times 255, no ink.
        ExpectUniform(new(255, 255, 255), JpegBytes.Uniform([0, 128, 128, 255], 2));
        ExpectUniform(new(0, 0, 0), JpegBytes.Uniform([255, 128, 128, 255], 2));
        ExpectUniform(
            new(127 * 205 / 255, 127 * 205 / 255, 127 * 205 / 255),
            JpegBytes.Uniform([128, 128, 128, 205], 2)
        );
    }

    [Fact]
    public void A_header_beyond_the_limit_is_refused()
    {
        byte[] file = JpegBytes.Uniform([1, 2, 3], null, width: 65_500, height: 65_500);
        ImageException error = Assert.Throws<ImageException>(() => ImageCodec.Decode(file));
        Assert.Contains("65500 x 65500", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_without_rows_is_damaged()
    {
        byte[] file = JpegBytes.Uniform([1, 2, 3], null, width: 8, height: 0);
        Assert.Contains("damaged", Assert.Throws<ImageException>(() => ImageCodec.Decode(file)).Message);
    }

    [Fact]
    public void More_scans_than_an_honest_file_has_are_refused()
    {
        ExpectUniform(new(128, 128, 128), JpegBytes.Progressive(scans: 500));
        ImageException error = Assert.Throws<ImageException>(() =>
            ImageCodec.Decode(JpegBytes.Progressive(scans: 501))
        );
        Assert.Contains("more than 500 scans", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_that_ends_before_its_picture_is_refused()
    {
        byte[] file = JpegBytes.Uniform([1, 2, 3], null, width: 64, height: 64);
        Assert.Contains("damaged", Assert.Throws<ImageException>(() => ImageCodec.Decode(file)).Message);
    }

    [Fact]
    public void Every_shortened_file_is_refused()
    {
        byte[] file = ImageCodec.EncodeJpeg(TestPictures.Gradient(120, 90));
        for (int length = 0; length < file.Length - EndMarker; length++)
        {
            byte[] shortened = file[..length];
            Assert.Throws<ImageException>(() => ImageCodec.Decode(shortened));
        }
    }

    [Fact]
    public void A_picture_that_lacks_its_end_marker_alone_is_read()
    {
        byte[] progressive = Convert.FromBase64String(JpegFormat.Progressive);
        foreach (byte[] file in (byte[][])[ImageCodec.EncodeJpeg(TestPictures.Gradient(120, 90)), progressive])
        {
            RgbImage whole = ImageCodec.Decode(file);
            Assert.Equal(whole.Pixels, ImageCodec.Decode([.. file, .. "a trailer"u8]).Pixels);
            for (int missing = 1; missing <= EndMarker; missing++)
            {
                Assert.Equal(whole.Pixels, ImageCodec.Decode(file.AsSpan(0, file.Length - missing)).Pixels);
            }
        }
    }

    [Fact]
    public void A_progressive_file_that_lacks_scans_and_its_end_marker_is_refused()
    {
        byte[] file = JpegBytes.Progressive(scans: 100)[..^EndMarker];
        Assert.Contains("ends early", Assert.Throws<ImageException>(() => ImageCodec.Decode(file)).Message);
    }

    [Fact]
    public void Random_damage_gives_a_picture_of_that_size_or_one_sentence()
    {
        RgbImage image = TestPictures.Gradient(64, 48);
        byte[][] files =
        [
            ImageCodec.EncodeJpeg(image),
            ImageCodec.EncodePng(image),
            JpegBytes.Uniform([9, 8, 7, 6], 2),
        ];
        Random random = new(5);
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = (byte[])files[i % files.Length].Clone();
            for (int changes = random.Next(1, 8); changes > 0; changes--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }
            try
            {
                RgbImage decoded = ImageCodec.Decode(damaged, maxPixels: 1_000_000);
                Assert.Equal(decoded.Width * decoded.Height * 3, decoded.Pixels.Length);
            }
            catch (ImageException error)
            {
                refused++;
                Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', error.Message);
            }
        }
        Assert.True(refused > 1000);
    }
}
