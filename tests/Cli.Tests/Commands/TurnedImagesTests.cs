using System.Text.Json;
using System.Text.RegularExpressions;
using DynamicRcnn.Data;
using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>The same pictures stored upright, and stored turned with EXIF's orientation: every command says and writes the same.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class TurnedImagesTests(TrainedRun trained) : InFolder
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Predict_draws_upright_pictures_and_reports_upright_boxes(int value)
    {
        (string upright, string turned) = (Predict(1), Predict(value));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(upright, "val_0000.jpg")),
            File.ReadAllBytes(Path.Combine(turned, "val_0000.jpg"))
        );
        Assert.Equal(Found(upright), Found(turned));

        string Predict(int orientation)
        {
            string found = folder.Path($"found{orientation}");
            string image = Path.Combine(Copy(orientation), "images", "val_0000.jpg");
            string[] arguments = ["predict", "--checkpoint", trained.Checkpoint, "--out", found];
            Drcnn.Succeed([.. arguments, "--score-threshold", "0", image]);
            return found;
        }

        static string Found(string found)
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(found, "predictions.json")));
            JsonElement image = json.RootElement.GetProperty("images")[0];
            Assert.NotEqual(0, image.GetProperty("detections").GetArrayLength());
            return $"{image.GetProperty("width")} x {image.GetProperty("height")}: {image.GetProperty("detections")}";
        }
    }

    [Fact]
    public void Evaluation_finds_the_same()
    {
        Assert.Equal(Figures(1), Figures(6));

        string Figures(int orientation)
        {
            string json = folder.Path($"figures{orientation}.json");
            string[] arguments = ["eval", "--checkpoint", trained.Checkpoint, "--data", Copy(orientation)];
            Drcnn.Succeed([.. arguments, "--json", json]);
            return File.ReadAllText(json);
        }
    }

    [Fact]
    public void Training_sees_the_same_and_keeps_the_same_panel()
    {
        (string upright, string turned) = (Train(1), Train(6));
        string[] panel = [.. Directory.GetFiles(upright, "*.jpg", SearchOption.AllDirectories).Order()];
        Assert.NotEmpty(panel);
        foreach (string file in (string[])[.. panel, Path.Combine(upright, "statistics.bin")])
        {
            string other = Path.Combine(turned, Path.GetRelativePath(upright, file));
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(other));
        }

        string Train(int orientation)
        {
            string run = folder.Path($"run{orientation}");
            Drcnn.Succeed(["train", "--data", Copy(orientation), "--out", run, .. TrainedRun.FewSteps]);
            return run;
        }
    }

    [Fact]
    public void Inspect_shows_the_same_and_counts_the_turned_images()
    {
        (string[] upright, string[] turned) = (Inspect(1), Inspect(6));
        const string line = "\n  turned     3 images upright, as EXIF says";
        Assert.DoesNotContain(line, upright[0], StringComparison.Ordinal);
        Assert.Contains(line, turned[0], StringComparison.Ordinal);
        Assert.Equal(upright[0], turned[0].Replace(line, "", StringComparison.Ordinal));
        Assert.Equal(upright[1], turned[1]);
        // Of a square picture no stated size tells which way its boxes were drawn.
        int squares = DatasetReader.Open(Copy(6), "val").Images.Count(image => image.Width == image.Height);
        Assert.Equal("no findings", upright[2]);
        Assert.StartsWith(
            squares == 0 ? "no findings" : $"{squares} finding{(squares == 1 ? "" : "s")}: {squares} turned image\n",
            turned[2],
            StringComparison.Ordinal
        );
        Assert.Equal(3, Shown(1).Length);
        Assert.Equal(Shown(1), Shown(6));

        string[] Inspect(int orientation) =>
            Drcnn
                .Succeed("inspect", "--data", Copy(orientation), "--split", "val", "--browse", Page(orientation))
                .Split("\n\n");

        string Page(int orientation) => folder.Path($"sheet{orientation}.html");

        // Sizes, boxes and pictures; the number of findings, which comes between, may differ.
        string[] Shown(int orientation) =>
            [
                .. Regex
                    .Matches(
                        File.ReadAllText(Page(orientation)),
                        "(\"file\":\"[^\"]*\",\"width\":[0-9]+,\"height\":[0-9]+),\"findings\":[0-9]+(,\"picture\":\"[^\"]+\",\"boxes\":[^}]*)"
                    )
                    .Select(match => match.Groups[1].Value + match.Groups[2].Value)
                    .Order(StringComparer.Ordinal),
            ];
    }

    [Fact]
    public void The_reported_data_set_is_whole_in_inspect()
    {
        string output = Drcnn.Succeed("inspect", "--data", SharedData.Folder("reports", "05-exif", "coco"));
        Assert.Contains("64 x 96 pixels", output, StringComparison.Ordinal);
        Assert.Contains("no findings", output, StringComparison.Ordinal);
        Assert.Contains("4 images upright, as EXIF says", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_of_inspect_counts_the_turned_images_and_says_what_to_do()
    {
        string json = folder.Path("found.json");
        string data = SharedData.Folder("reports", "05-exif", "yolo");
        Drcnn.Succeed("inspect", "--data", data, "--split", "train", "--json", json);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement split = Assert.Single(document.RootElement.GetProperty("splits").EnumerateArray());
        Assert.Equal(2, split.GetProperty("turned").GetInt32());
        JsonElement kind = Assert.Single(document.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal("turned image", kind.GetProperty("kind").GetString());
        Assert.Equal(2, kind.GetProperty("count").GetInt32());
        Assert.Equal(
            ["p0.jpg", "p1.jpg"],
            kind.GetProperty("places").EnumerateArray().Select(place => Path.GetFileName(place.GetString()))
        );
        Assert.Contains("on the upright picture.", kind.GetProperty("advice").GetString(), StringComparison.Ordinal);
        Assert.False(kind.GetProperty("error").GetBoolean());
    }

    /// <summary>The drawn data with pictures without loss that are stored so that this orientation makes them stand upright.</summary>
    private string Copy(int orientation)
    {
        string copy = folder.Path($"copy{orientation}", "data");
        if (Directory.Exists(copy))
        {
            return copy;
        }
        // Six and eight undo each other, every other one itself.
        Orientation back = Orientation.OfExif(orientation is 6 or 8 ? 14 - orientation : orientation);
        foreach (string file in Directory.EnumerateFiles(trained.Data, "*", SearchOption.AllDirectories))
        {
            bool isPicture = Path.GetExtension(file) == ".jpg";
            byte[] bytes = isPicture
                ? ExifBytes.InPng(
                    ImageCodec.EncodePng(back.Turn(ImageCodec.ReadFile(file))),
                    ExifBytes.Tiff(orientation)
                )
                : File.ReadAllBytes(file);
            folder.Write(
                Path.GetRelativePath(folder.Root, Path.Combine(copy, Path.GetRelativePath(trained.Data, file))),
                bytes
            );
        }
        return copy;
    }
}
