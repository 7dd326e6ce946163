using DynamicRcnn.Cli.Tests.Commands;
using DynamicRcnn.Cli.Tests.Export;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Onnx;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Detection;

/// <summary>One detector called from several threads at once, and with several images.</summary>
[Collection(TrainedRunTests.Name)] // detectors set the number of threads of the process
public sealed class DetectorThreadsTests : IDisposable
{
    private const int ThreadCount = 8;
    private const int PictureCount = 100;

    /// <summary>What two forms of one sum may differ by: pixels, and a score.</summary>
    private const double Rounding = 1e-3;

    private static readonly string[] Small = ["data.evaluationShortSide=48", "data.evaluationMaxSide=64"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Eight_threads_find_in_100_pictures_what_one_finds_to_the_bit(int threads)
    {
        RandomDetector.Write(folder.Path("detector.safetensors"), "tiny-demo", Small);
        using TrainedDetector detector = TrainedDetector.Load(folder.Path("detector.safetensors"), threads);
        RequireSameFromThreads(detector);
    }

    [Fact]
    public void Eight_threads_find_the_same_by_an_exported_file()
    {
        RandomDetector.Write(folder.Path("detector.safetensors"), "tiny-demo", Small);
        using TrainedDetector detector = TrainedDetector.Load(folder.Path("detector.safetensors"));
        using OnnxDetector exported = Exported(detector);
        RequireSameFromThreads(exported);
    }

    [Theory]
    [InlineData("tiny-demo")]
    [InlineData("mmdet-r50-1x")]
    [InlineData("official-r50-1x")]
    [InlineData("mmdet-r50-1x", "evaluation.testing.kind=Official", "evaluation.testing.scales=[96]")]
    public void Images_together_are_images_alone_to_rounding(string preset, params string[] sets)
    {
        RandomDetector.Write(folder.Path("detector.safetensors"), preset, sets);
        using TrainedDetector detector = TrainedDetector.Load(folder.Path("detector.safetensors"));
        // Three become one size of the network, and the two that are narrower two others.
        (int, int)[] sizes = [(160, 120), (160, 121), (90, 200), (160, 120), (31, 40)];
        RgbImage[] images = [.. sizes.Select(Pictures.Drawn)];
        IReadOnlyList<IReadOnlyList<DetectedObject>> together = detector.Detect(images);
        Assert.Equal(images.Length, together.Count);
        for (int i = 0; i < images.Length; i++)
        {
            IReadOnlyList<DetectedObject> alone = detector.Detect(images[i]);
            Assert.NotEmpty(alone);
            RequireClose(alone, together[i]);
        }
        // Without another image of its size an image is alone, to the bit.
        Assert.Equal(detector.Detect(images[2]), together[2]);
        Assert.Equal(together[0], together[3]);
        Assert.Empty(detector.Detect(Array.Empty<RgbImage>()));
    }

    [Fact]
    public void An_exported_file_looks_at_one_image_at_a_time()
    {
        RandomDetector.Write(folder.Path("detector.safetensors"), "tiny-demo");
        using TrainedDetector detector = TrainedDetector.Load(folder.Path("detector.safetensors"));
        using OnnxDetector exported = Exported(detector);
        RgbImage[] images = [.. Pictures.All.Take(4)];
        Assert.Equal(images.Select(image => exported.Detect(image)), exported.Detect(images));
    }

    private static void RequireSameFromThreads(IObjectDetector detector)
    {
        RgbImage[] images =
        [
            .. Enumerable.Range(0, PictureCount).Select(i => Pictures.Drawn((40 + (i % 30), 60 - (i % 7)))),
        ];
        IReadOnlyList<DetectedObject>[] alone = [.. images.Select(image => detector.Detect(image))];
        Assert.True(alone.Sum(found => found.Count) > PictureCount);
        Exception?[] failures = new Exception?[ThreadCount];
        Thread[] threads =
        [
            .. Enumerable
                .Range(0, ThreadCount)
                .Select(number => new Thread(() => failures[number] = Record.Exception(() => LookFrom(number)))),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.All(failures, Assert.Null);

        // Each begins elsewhere, so that they are in different pictures at a time.
        void LookFrom(int number)
        {
            for (int step = 0; step < PictureCount; step++)
            {
                int place = (step + (number * PictureCount / ThreadCount)) % PictureCount;
                Assert.Equal(alone[place], detector.Detect(images[place]));
            }
        }
    }

    private static void RequireClose(IReadOnlyList<DetectedObject> alone, IReadOnlyList<DetectedObject> together)
    {
        Assert.Equal(alone.Count, together.Count);
        Assert.All(
            alone,
            one => Assert.Contains(together, other => other.Label == one.Label && Distance(one, other) < Rounding)
        );
    }

    private static double Distance(DetectedObject a, DetectedObject b) =>
        new[] { a.X1 - b.X1, a.Y1 - b.Y1, a.X2 - b.X2, a.Y2 - b.Y2, a.Score - b.Score }.Max(Math.Abs);

    private OnnxDetector Exported(TrainedDetector detector)
    {
        string path = folder.Path("detector.onnx");
        AtomicFile.Write(path, stream => OnnxExport.Write(stream, detector, new OnnxForm()));
        return OnnxDetector.Load(path, threads: 1);
    }
}
