using DynamicRcnn.Core;
using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Data.Tests.Transforms;

/// <summary>Pictures at the sizes that profiles ask for, compared with the libraries that the profiles' codes call.</summary>
public sealed class ResampledPicturesTests : IDisposable
{
    /// <summary>Smaller, larger, and much larger than the pictures.</summary>
    private static readonly int[] shortSides = [192, 320, 800];

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-resampled-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("PIL", "bccd", "train")]
    [InlineData("PIL", "coco_mini", "val")]
    [InlineData("cv2", "bccd", "train")]
    [InlineData("cv2", "coco_mini", "val")]
    public void Every_value_is_the_librarys(string library, string data, string split)
    {
        const int pictures = 3;
        bool isPillow = library == "PIL";
        ResamplingRule rule = isPillow ? ResamplingRule.Pillow : ResamplingRule.OpenCV;
        ResizeRule sizes = isPillow ? ResizeRule.Official : ResizeRule.MMDetection;
        foreach (ImageRecord image in DatasetReader.Open(SharedData.Folder(data), split).Images.Take(pictures))
        {
            Write(ImageCodec.ReadFile(image.Path), $"{image.Id}", sizes, rule);
        }
        string compared = Python.RunFile(
            isPillow ? ["PIL"] : ["cv2", "numpy"],
            "Data.Tests/Transforms/resampled.py",
            "compare",
            library,
            folder
        );
        Assert.Matches("^0 of [1-9][0-9]{6}", compared);
    }

    private void Write(RgbImage picture, string name, ResizeRule sizes, ResamplingRule rule)
    {
        string original = $"{name}-{picture.Width}x{picture.Height}";
        File.WriteAllBytes(Path.Combine(folder, $"{original}.rgb"), picture.Pixels);
        foreach (int side in shortSides)
        {
            ImageSize size = TargetSize.Of(sizes, picture.Width, picture.Height, side, 1333);
            RgbImage resampled = Resampler.Resize(picture, size, rule);
            File.WriteAllBytes(Path.Combine(folder, $"{original}-to-{size.Width}x{size.Height}.rgb"), resampled.Pixels);
        }
    }
}
