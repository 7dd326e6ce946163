using System.Text.Json;
using DynamicRcnn.Cli.Tests.Commands;
using DynamicRcnn.Cli.Tests.Export;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Data;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Predict;

/// <summary>drcnn predict on videos, through ffmpeg where it is installed.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class PredictVideoTests : IDisposable
{
    private const int Frames = 7;

    private readonly TemporaryFolder folder = new();

    private string Out => folder.Path("found");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_frame_is_looked_at_and_a_video_with_the_boxes_is_written()
    {
        string video = Video("clip.mkv");
        string output = Predict("--format", "yolo,coco", video);
        Assert.Contains($"{video}: {Frames} frames, ", output, StringComparison.Ordinal);
        JsonElement[] images = Images();
        Assert.Equal(Enumerable.Range(0, Frames), images.Select(image => image.GetProperty("frame").GetInt32()));
        Assert.Equal(0.4, images[2].GetProperty("seconds").GetDouble(), 1e-9);
        Assert.All(
            images,
            image =>
                Assert.Equal((97, 60), (image.GetProperty("width").GetInt32(), image.GetProperty("height").GetInt32()))
        );
        Assert.Contains(images, image => image.GetProperty("detections").GetArrayLength() > 0);

        // What is written is a video of as many frames, with an even width.
        using VideoReader drawn = new(Path.Combine(Out, "clip.mp4"), maxPixels: 1_000_000);
        Assert.Equal(5, drawn.FramesPerSecond, 1e-9);
        int count = 0;
        while (drawn.Next() is { } frame)
        {
            Assert.Equal((98, 60), (frame.Width, frame.Height));
            count++;
        }
        Assert.Equal(Frames, count);

        string data = Path.Combine(Out, "yolo");
        Assert.Contains("no findings", Drcnn.Succeed("inspect", "--data", data), StringComparison.Ordinal);
        Assert.Equal(
            Enumerable.Range(0, Frames).Select(number => $"clip-{number:D6}.jpg"),
            DatasetReader.Open(data, "train").Images.Select(image => image.FileName)
        );
        Assert.Contains(
            "clip-000006.jpg",
            File.ReadAllText(Path.Combine(Out, "coco-images.json")),
            StringComparison.Ordinal
        );
        Assert.Empty(Directory.GetFiles(Out, "*.tmp"));
    }

    [Fact]
    public void A_file_that_is_no_video_is_named_and_the_others_are_looked_at()
    {
        string broken = folder.Write("broken.mp4", "no video");
        string picture = folder.Write("good.png", ImageCodec.EncodePng(Pictures.Drawn((96, 96))));
        Ffmpeg();
        ProcessRun run = Drcnn.Run(Arguments(broken, picture));
        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains($"drcnn: {broken}: ffmpeg cannot read the video: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("1 of 2 images could not be looked at", run.Errors, StringComparison.Ordinal);
        Assert.Single(Images());
        Assert.Equal(
            [Path.Combine(Out, "good.jpg"), Path.Combine(Out, "predictions.json")],
            Directory.GetFiles(Out).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void A_video_that_breaks_off_gives_what_was_read()
    {
        string video = Video("clip.mkv");
        byte[] bytes = File.ReadAllBytes(video);
        string cut = folder.Write("cut.mkv", bytes[..(bytes.Length * 2 / 3)]);
        Drcnn.Run(Arguments(cut));
        int seen = Images().Length;
        Assert.InRange(seen, 1, Frames - 1);
        using VideoReader drawn = new(Path.Combine(Out, "cut.mp4"), maxPixels: 1_000_000);
        int count = 0;
        while (drawn.Next() is not null)
        {
            count++;
        }
        Assert.Equal(seen, count);
    }

    [Fact]
    public void Without_ffmpeg_one_sentence_says_what_is_missing_before_anything_is_written()
    {
        string video = folder.Write("clip.mp4", "whatever");
        ProcessRun run = ProcessRun.Of(
            Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal)
                ? Environment.ProcessPath
                : "/usr/bin/dotnet",
            [Drcnn.Assembly, .. Arguments(video)],
            new Dictionary<string, string?> { ["PATH"] = folder.Root }
        );
        Drcnn.RequireOneSentence(run, ExitCode.BadInput, [video, "there is no ffmpeg on the PATH", "apt-get install"]);
        Assert.False(Directory.Exists(Out));
    }

    private string Predict(params string[] more) => Drcnn.Succeed(Arguments(more));

    private string[] Arguments(params string[] more)
    {
        string detector = folder.Path("detector.safetensors");
        if (!File.Exists(detector))
        {
            RandomDetector.Write(detector, "tiny-demo");
        }
        return ["predict", "--checkpoint", detector, "--out", Out, .. more];
    }

    /// <summary>A video of frames of an odd width, without loss.</summary>
    private string Video(string name)
    {
        string frames = folder.Path("frames");
        for (int number = 0; number < Frames; number++)
        {
            byte[] picture = ImageCodec.EncodePng(Pictures.Drawn((97, 60)));
            folder.Write($"frames/{number}.png", picture);
        }
        string video = folder.Path(name);
        ProcessRun run = ProcessRun.Of(
            Ffmpeg(),
            ["-v", "error", "-r", "5", "-i", Path.Combine(frames, "%d.png"), "-c:v", "png", video]
        );
        Assert.True(run.ExitCode == 0, run.Errors);
        return video;
    }

    private static string Ffmpeg()
    {
        string? found = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Select(place => Path.Combine(place, "ffmpeg"))
            .FirstOrDefault(File.Exists);
        if (found is null)
        {
            Assert.Skip("ffmpeg is not installed.");
        }
        return found;
    }

    private JsonElement[] Images() =>
        [
            .. JsonDocument
                .Parse(File.ReadAllText(Path.Combine(Out, "predictions.json")))
                .RootElement.GetProperty("images")
                .EnumerateArray(),
        ];
}
