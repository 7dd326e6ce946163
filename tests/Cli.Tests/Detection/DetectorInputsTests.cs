using DynamicRcnn.Cli.Tests.Commands;
using DynamicRcnn.Cli.Tests.Export;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Onnx;
using DynamicRcnn.Runs;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Detection;

/// <summary>What programs give a detector, what they get, and what is thrown: the same of a checkpoint and of an exported file.</summary>
[Collection(TrainedRunTests.Name)] // detectors set the number of threads of the process
public sealed class DetectorInputsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TrainedDetector trained;
    private readonly OnnxDetector exported;
    private readonly RgbImage picture = Pictures.Drawn((97, 96));

    public DetectorInputsTests()
    {
        RandomDetector.Write(Checkpoint, "tiny-demo");
        trained = TrainedDetector.Load(Checkpoint);
        AtomicFile.Write(Onnx, stream => OnnxExport.Write(stream, trained, new OnnxForm()));
        exported = OnnxDetector.Load(Onnx, threads: 1);
    }

    private string Checkpoint => folder.Path("detector.safetensors");

    private string Onnx => folder.Path("detector.onnx");

    private IObjectDetector[] Both => [trained, exported];

    public void Dispose()
    {
        trained.Dispose();
        exported.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_picture_may_be_a_path_a_stream_pixels_or_an_image_of_ImageSharp()
    {
        byte[] png = ImageCodec.EncodePng(picture);
        string path = folder.Write("picture.png", png);
        using Image<Rgba32> image = Image.Load<Rgba32>(png);
        using MemoryStream stream = new([1, 2, 3, .. png]);
        foreach (IObjectDetector detector in Both)
        {
            IReadOnlyList<DetectedObject> expected = detector.Detect(picture);
            Assert.NotEmpty(expected);
            Assert.Equal(expected, detector.Detect(path));
            stream.Position = 3;
            Assert.Equal(expected, detector.Detect(stream));
            Assert.True(stream.CanRead);
            Assert.Equal(expected, detector.Detect(picture.Pixels, picture.Width, picture.Height));
            Assert.Equal(expected, detector.Detect(image));
            Assert.Equal([expected], detector.Detect([path]));
        }
    }

    [Fact]
    public void Each_detection_has_the_name_of_its_class()
    {
        foreach (IObjectDetector detector in Both)
        {
            IReadOnlyList<DetectedObject> found = detector.Detect(picture);
            Assert.All(found, one => Assert.Equal(detector.Classes[one.Label].Name, one.Name));
            Assert.All(detector.Detect([picture])[0], one => Assert.Equal(detector.Classes[one.Label].Name, one.Name));
        }
    }

    [Fact]
    public void Number_of_threads_and_least_score_are_given_on_loading()
    {
        IReadOnlyList<DetectedObject> all = trained.Detect(picture);
        double middle = all[all.Count / 2].Score;
        using TrainedDetector fewer = TrainedDetector.Load(Checkpoint, threads: 1, scoreThreshold: middle);
        using OnnxDetector fewerOfFile = OnnxDetector.Load(Onnx, threads: 1, scoreThreshold: middle);
        Assert.Equal(all.Where(one => one.Score > middle), fewer.Detect(picture));
        Assert.All(fewerOfFile.Detect(picture), one => Assert.True(one.Score > middle));
        RunException error = Assert.Throws<RunException>(() => TrainedDetector.Load(Checkpoint, scoreThreshold: 1.5));
        Assert.Contains("1.5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_call_ends_with_the_exception_of_cancellation()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        string path = folder.Write("picture.png", ImageCodec.EncodePng(picture));
        foreach (IObjectDetector detector in Both)
        {
            Assert.Throws<OperationCanceledException>(() => detector.Detect(picture, source.Token));
            Assert.Throws<OperationCanceledException>(() => detector.Detect(path, source.Token));
            Assert.Throws<OperationCanceledException>(() => detector.Detect([picture, picture], source.Token));
            Assert.NotEmpty(detector.Detect(picture));
        }
    }

    [Fact]
    public void A_call_that_is_under_way_can_be_cancelled()
    {
        RgbImage[] many = [.. Enumerable.Repeat(picture, 400).Select((_, i) => Pictures.Drawn((60 + i, 300)))];
        foreach (IObjectDetector detector in Both)
        {
            using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(100));
            Assert.ThrowsAny<OperationCanceledException>(() => detector.Detect(many, source.Token));
            Assert.NotEmpty(detector.Detect(picture));
        }
    }

    [Fact]
    public void Mistakes_of_the_program_are_argument_exceptions()
    {
        foreach (IObjectDetector detector in Both)
        {
            Assert.Throws<ArgumentNullException>(() => detector.Detect((RgbImage)null!));
            Assert.Throws<ArgumentNullException>(() => detector.Detect((string)null!));
            Assert.Throws<ArgumentNullException>(() => detector.Detect((Stream)null!));
            Assert.Throws<ArgumentNullException>(() => detector.Detect((Image)null!));
            Assert.Throws<ArgumentNullException>(() => detector.Detect([picture, null!]));
            Assert.Throws<ArgumentException>(() => detector.Detect(new byte[5], 1, 1));
        }
        Assert.Throws<ArgumentNullException>(() => TrainedDetector.Load(null!));
        Assert.Throws<ArgumentNullException>(() => OnnxDetector.Load(null!));
    }

    [Fact]
    public void A_detector_that_was_disposed_of_says_so()
    {
        foreach (IObjectDetector detector in Both)
        {
            detector.Dispose();
            detector.Dispose();
            Assert.Throws<ObjectDisposedException>(() => detector.Detect(picture));
            Assert.Throws<ObjectDisposedException>(() => detector.Detect([picture]));
        }
    }

    [Fact]
    public void What_cannot_be_read_is_named_by_an_exception_of_ours()
    {
        string picturePath = folder.Write("picture.jpg", ImageCodec.EncodeJpeg(picture));
        RunException noWeights = Assert.Throws<RunException>(() => TrainedDetector.Load(picturePath));
        Assert.Equal(
            $"{picturePath} is no file of weights: it begins with the bytes FFD8FFE000104A46, as no safetensors, .pth or .pkl file does.",
            noWeights.Message
        );
        Assert.Throws<RunException>(() => TrainedDetector.Load(folder.Path("nothing")));
        Assert.Throws<RunException>(() => OnnxDetector.Load(picturePath));
        ImageException noPicture = Assert.Throws<ImageException>(() => trained.Detect(Checkpoint));
        Assert.StartsWith(Checkpoint, noPicture.Message, StringComparison.Ordinal);
        Assert.Throws<ImageException>(() => exported.Detect(new MemoryStream([1, 2, 3])));
    }
}
