using System.Text.Json;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Data;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>drcnn predict.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class PredictTests(TrainedRun trained) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Out => folder.Path("found");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_image_gets_a_picture_of_its_size_and_a_json_file_with_classes_and_scores()
    {
        string image = Image("val_0000.jpg");
        string output = Drcnn.Succeed(Arguments("--score-threshold", "0", image));
        RgbImage picture = ImageCodec.ReadFile(Path.Combine(Out, "val_0000.jpg"));
        RgbImage original = ImageCodec.ReadFile(image);
        Assert.Equal((original.Width, original.Height), (picture.Width, picture.Height));
        JsonElement found = Assert.Single(Predictions().GetProperty("images").EnumerateArray());
        Assert.Equal(image, found.GetProperty("file").GetString());
        JsonElement[] detections = [.. found.GetProperty("detections").EnumerateArray()];
        Assert.NotEmpty(detections);
        Assert.All(
            detections,
            detection =>
            {
                Assert.Contains(
                    detection.GetProperty("class").GetString(),
                    (string[])["disc", "square", "triangle", "star", "ring"]
                );
                Assert.InRange(detection.GetProperty("score").GetDouble(), 0, 1);
                Assert.Equal(4, detection.GetProperty("box").GetArrayLength());
            }
        );
        Assert.Contains($"{detections.Length} detections", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_and_patterns_name_their_images()
    {
        Drcnn.Succeed(Arguments(Image("")));
        Assert.Equal(9, Predictions().GetProperty("images").GetArrayLength());
        Assert.Equal(9, Directory.GetFiles(Out, "*.jpg").Length);
        Directory.Delete(Out, recursive: true);
        Drcnn.Succeed(Arguments(Image("val_*.jpg"), Image("train_000?.jpg")));
        Assert.Equal(9, Predictions().GetProperty("images").GetArrayLength());
    }

    [Fact]
    public void A_higher_threshold_leaves_out_detections()
    {
        Drcnn.Succeed(Arguments("--score-threshold", "0.9999", Image("val_0000.jpg")));
        JsonElement found = Assert.Single(Predictions().GetProperty("images").EnumerateArray());
        Assert.Equal(0, found.GetProperty("detections").GetArrayLength());
    }

    [Fact]
    public void Nothing_that_is_there_is_overwritten()
    {
        folder.Write("found/val_0001.jpg", "a picture of mine");
        folder.Write("other/predictions.json", "figures of mine");
        SortedDictionary<string, string> before = folder.Snapshot();
        Drcnn.Refuse(
            ExitCode.BadUsage,
            [Path.Combine(Out, "val_0001.jpg"), "already", "choose another --out"],
            Arguments(Image("val_*.jpg"))
        );
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["predictions.json", "already", "choose another --out"],
            ["predict", "--checkpoint", trained.Checkpoint, "--out", folder.Path("other"), Image("val_0000.jpg")]
        );
        Assert.Equal(before, folder.Snapshot());
    }

    [Fact]
    public void A_picture_never_replaces_the_image_it_was_made_from()
    {
        folder.Write("photos/a.jpg", File.ReadAllBytes(Image("val_0000.jpg")));
        SortedDictionary<string, string> before = folder.Snapshot();
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["a.jpg", "would replace an input image"],
            [
                "predict",
                "--checkpoint",
                trained.Checkpoint,
                "--out",
                folder.Path("photos"),
                folder.Path("photos", "a.jpg"),
            ]
        );
        Assert.Equal(before, folder.Snapshot());
    }

    [Fact]
    public void A_broken_image_among_good_ones_is_named_and_the_others_are_looked_at()
    {
        string good = Image("val_0000.jpg");
        string cut = folder.Write("cut.jpg", File.ReadAllBytes(good)[..900]);
        ProcessRun run = Drcnn.Run(Arguments(cut, good));
        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains($"drcnn: {cut}: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("1 of 2 images could not be looked at", run.Errors, StringComparison.Ordinal);
        Assert.Equal([Path.Combine(Out, "val_0000.jpg")], Directory.GetFiles(Out, "*.jpg"));
        JsonElement failed = Assert.Single(Predictions().GetProperty("failed").EnumerateArray());
        Assert.Equal(cut, failed.GetProperty("file").GetString());
    }

    [Fact]
    public void Images_that_are_not_there_and_folders_without_images_are_refused_before_anything_is_written()
    {
        Directory.CreateDirectory(folder.Path("empty"));
        Drcnn.Refuse(ExitCode.BadInput, [folder.Path("no.jpg"), "no such file"], Arguments(folder.Path("no.jpg")));
        Drcnn.Refuse(ExitCode.BadInput, [folder.Path("empty"), "no image"], Arguments(folder.Path("empty")));
        Drcnn.Refuse(ExitCode.BadInput, [folder.Path("*.png"), "no file"], Arguments(folder.Path("*.png")));
        Assert.False(Directory.Exists(Out));
    }

    private string Image(string name) => Path.Combine(trained.Data, "images", name);

    private string[] Arguments(params string[] images) =>
        ["predict", "--checkpoint", trained.Checkpoint, "--out", Out, .. images];

    private JsonElement Predictions() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, "predictions.json"))).RootElement;
}
