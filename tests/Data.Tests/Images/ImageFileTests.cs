using Xunit;

namespace DynamicRcnn.Data.Tests.Images;

public sealed class ImageFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("drcnn-images-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, byte[] data)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, data);
        return path;
    }

    [Fact]
    public void A_file_is_recognised_by_its_contents_not_by_its_name()
    {
        RgbImage image = TestPictures.Gradient(9, 5);
        string path = Write("wrong.jpg", ImageCodec.EncodePng(image));
        Assert.Equal(image.Pixels, ImageCodec.ReadFile(path).Pixels);
        Assert.Equal(new ImageSize(9, 5), ImageCodec.ReadFileSize(path));
    }

    [Theory]
    [InlineData("", "no data")]
    [InlineData("not a picture", "none of JPEG, PNG, BMP, WebP, TIFF, TGA and PBM")]
    [InlineData("<!DOCTYPE html><html><head><title>404</title></head></html>", "none of JPEG, PNG")]
    [InlineData("GIF89a is no picture here", "none of JPEG, PNG")]
    [InlineData("BM is a bitmap", "BMP")]
    public void What_is_no_picture_is_named_with_its_file(string contents, string reason)
    {
        string path = Write("bad.png", System.Text.Encoding.ASCII.GetBytes(contents));
        foreach (Action read in new Action[] { () => ImageCodec.ReadFile(path), () => ImageCodec.ReadFileSize(path) })
        {
            string message = Assert.Throws<ImageException>(read).Message;
            Assert.StartsWith(path + ": ", message, StringComparison.Ordinal);
            Assert.Contains(reason, message, StringComparison.Ordinal);
            Assert.EndsWith(".", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_named()
    {
        string missing = Path.Combine(_folder, "none.jpg");
        Assert.Equal(
            $"{missing}: the file does not exist.",
            Assert.Throws<ImageException>(() => ImageCodec.ReadFile(missing)).Message
        );
        Assert.Equal(
            $"{_folder}: the file cannot be read: it is a folder.",
            Assert.Throws<ImageException>(() => ImageCodec.ReadFile(_folder)).Message
        );
    }

    [Fact]
    public void A_size_behind_a_long_header_is_found()
    {
        byte[] jpeg = ImageCodec.EncodeJpeg(TestPictures.Gradient(33, 21));
        byte[] comment = [0xFF, 0xFE, 0xC0, 0x00, .. new byte[0xC000 - 2]];
        string path = Write("long.jpg", [.. jpeg[..2], .. comment, .. comment, .. jpeg[2..]]);
        Assert.Equal(new ImageSize(33, 21), ImageCodec.ReadFileSize(path));
        Assert.Equal(33, ImageCodec.ReadFile(path).Width);
    }

    [Fact]
    public void Pictures_decode_in_several_threads_at_once()
    {
        byte[] good = ImageCodec.EncodeJpeg(TestPictures.Gradient(64, 64));
        byte[] bad = good[..(good.Length / 2)];
        byte[] expected = ImageCodec.Decode(good).Pixels;
        Parallel.For(
            0,
            200,
            i =>
            {
                if (i % 2 == 0)
                {
                    Assert.Equal(expected, ImageCodec.Decode(good).Pixels);
                }
                else
                {
                    Assert.Contains("damaged", Assert.Throws<ImageException>(() => ImageCodec.Decode(bad)).Message);
                }
            }
        );
    }

    [Fact]
    public void Pixels_must_fit_the_size()
    {
        Assert.Throws<ArgumentException>(() => new RgbImage(2, 2, new byte[11]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RgbImage(0, 2, []));
    }
}
