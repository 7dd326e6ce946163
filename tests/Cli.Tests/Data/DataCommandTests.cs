using System.Text.Json;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Data;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>drcnn data: what it says, what it refuses, and what inspect makes of its work.</summary>
public sealed class DataCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Out => folder.Path("out");

    [Theory]
    [InlineData("coco", "COCO: annotations/instances_train.json, annotations/instances_val.json")]
    [InlineData("voc", "Pascal VOC: ImageSets/Main/train.txt, ImageSets/Main/val.txt")]
    [InlineData("yolo", "YOLO: data.yaml")]
    public void What_convert_writes_is_inspected_without_a_finding(string format, string layout)
    {
        string data = Cells(copies: false);
        string output = Drcnn.Succeed("data", "convert", "--data", data, "--to", format, "--out", Out);
        Assert.Contains("split train: 12 images, 12 boxes", output, StringComparison.Ordinal);
        Assert.Contains("split val: 4 images, 4 boxes", output, StringComparison.Ordinal);
        string json = folder.Path("counts.json");
        string inspected = Drcnn.Succeed("inspect", "--data", Out, "--json", json);
        Assert.Contains($"read as {layout}", inspected, StringComparison.Ordinal);
        using JsonDocument counts = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Empty(counts.RootElement.GetProperty("findings").EnumerateArray());
    }

    [Fact]
    public void Pictures_may_be_links()
    {
        string output = Drcnn.Succeed([
            "data",
            "convert",
            "--data",
            Cells(copies: false),
            "--to",
            "yolo",
            "--out",
            Out,
            "--link",
        ]);
        Assert.Contains("pictures linked", output, StringComparison.Ordinal);
        FileInfo picture = new(Path.Combine(Out, "images", "val", "12.png"));
        Assert.Equal(folder.Path("cells", "images", "val", "12.png"), picture.LinkTarget);
    }

    [Fact]
    public void A_drawn_set_is_inspected_without_a_finding()
    {
        string[] line =
        [
            "data",
            "draw",
            "--images",
            "4",
            "--val-images",
            "2",
            "--objects",
            "2",
            "--label-noise",
            "0.1",
        ];
        string output = Drcnn.Succeed([.. line, "--out", Out]);
        Assert.Contains("4 images to train on and 2 to evaluate on", output, StringComparison.Ordinal);
        Assert.Contains("10 % are missing", output, StringComparison.Ordinal);
        Assert.Contains("no findings", Drcnn.Succeed("inspect", "--data", Out), StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_names_copies_in_two_splits()
    {
        string json = folder.Path("counts.json");
        string output = Drcnn.Succeed("inspect", "--data", Cells(copies: true), "--json", json);
        string copy = folder.Path("cells", "images", "val", "12.png");
        Assert.Contains(
            $"{copy}: it is equal or nearly equal to {folder.Path("cells", "images", "train", "0.png")} of the split train",
            output,
            StringComparison.Ordinal
        );
        using JsonDocument counts = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement finding = Assert.Single(counts.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal("copy of another split's picture", finding.GetProperty("kind").GetString());
        Assert.Equal(4, finding.GetProperty("count").GetInt32());
        Assert.Equal(4, finding.GetProperty("places").GetArrayLength());
    }

    [Fact]
    public void Split_keeps_copies_together_and_says_how_balanced_it_is()
    {
        string[] line = ["data", "split", "--data", Cells(copies: true), "--shares", "0.75,0.25", "--seed", "3"];
        string output = Drcnn.Succeed([.. line, "--out", Out]);
        Assert.Contains("put together: 16 images, 16 boxes", output, StringComparison.Ordinal);
        Assert.Contains("4 pictures are copies of others", output, StringComparison.Ordinal);
        Assert.Contains("val (25.0 %)", output, StringComparison.Ordinal);
        Assert.Contains("no findings", Drcnn.Succeed("inspect", "--data", Out), StringComparison.Ordinal);
        Drcnn.Succeed([.. line, "--out", folder.Path("again"), "--link"]);
        Assert.Equal(Names(Out), Names(folder.Path("again")));

        static IEnumerable<string> Names(string data) =>
            DatasetReader.Open(data, "val").Images.Select(image => image.FileName);
    }

    [Fact]
    public void Split_deals_out_what_can_be_decoded_alone_and_names_few_rows_of_many()
    {
        string data = Cells(copies: false);
        string broken = folder.Path("cells", "images", "val", "15.png");
        File.WriteAllBytes(broken, File.ReadAllBytes(broken)[..^20]);
        ProcessRun run = Drcnn.Run("data", "split", "--data", data, "--shares", "0.6,0.4", "--out", Out);
        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("left out, since they cannot be dealt out: 1 image", run.Output, StringComparison.Ordinal);
        Assert.Contains(broken, run.Output, StringComparison.Ordinal);
        Assert.Contains("without 1 image", run.Errors, StringComparison.Ordinal);
        Assert.Equal(
            (9, 6),
            (DatasetReader.Open(Out, "train").Images.Count, DatasetReader.Open(Out, "val").Images.Count)
        );

        ClassName[] classes = [.. Enumerable.Range(1, 30).Select(id => new ClassName(id, $"class {id}"))];
        GroundTruthBox Box(int label) => new(0, 0, 9, 9, label, Crowd: false, Area: 81, AnnotationId: label + 1);
        ImageRecord image = new(1, "a", "a", 10, 10, [.. Enumerable.Range(0, 30).Select(Box)]);
        Dataset[] divided = [new("d", "train", classes, [image], []), new("d", "val", classes, [], [])];
        using StringWriter told = new();
        BalanceTable.Write(divided, [new WantedPart("train", 0.5), new WantedPart("val", 0.5)], told);
        Assert.EndsWith("class 8, class 9 and 21 more\n", told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_done_is_refused_in_a_sentence()
    {
        string data = Cells(copies: false);
        string[] convert = ["data", "convert", "--data", data, "--to", "voc", "--out"];
        Drcnn.Refuse(ExitCode.BadUsage, ["lies in the data", data], [.. convert, Path.Combine(data, "voc")]);
        string mine = folder.Write("mine/notes.txt", "");
        Drcnn.Refuse(ExitCode.BadInput, ["mine", "notes.txt"], [.. convert, Path.GetDirectoryName(mine)!]);
        Drcnn.Refuse(ExitCode.BadInput, ["there is a file"], [.. convert, mine]);
        Drcnn.Refuse(
            ExitCode.BadInput,
            [folder.Path("none")],
            "data",
            "convert",
            "--data",
            folder.Path("none"),
            "--to",
            "voc",
            "--out",
            Out
        );
        string broken = folder.Path("cells", "images", "val", "15.png");
        File.WriteAllBytes(broken, File.ReadAllBytes(broken)[..^20]);
        ProcessRun run = Drcnn.Run([.. convert, Out]);
        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains(broken, run.Output, StringComparison.Ordinal);
        Assert.Contains("without 1 image", run.Errors, StringComparison.Ordinal);
        Assert.Equal(3, DatasetReader.Open(Out, "val").Images.Count);
    }

    /// <summary>Sixteen pictures of bars that lie differently; the four of val are those of train in another size where they are copies.</summary>
    private string Cells(bool copies)
    {
        foreach (string split in (string[])["train", "val"])
        {
            List<object> images = [];
            List<object> boxes = [];
            foreach (int number in split == "train" ? Enumerable.Range(0, 12) : Enumerable.Range(12, 4))
            {
                int scale = copies && split == "val" ? 2 : 1;
                RgbImage picture = Bars(copies ? number % 12 : number, scale);
                folder.Write($"cells/images/{split}/{number}.png", ImageCodec.EncodePng(picture));
                images.Add(
                    new
                    {
                        id = number + 1,
                        file_name = $"{number}.png",
                        width = picture.Width,
                        height = picture.Height,
                    }
                );
                int[] box = [4 * scale, 5 * scale, 20 * scale, 9 * scale];
                boxes.Add(
                    new
                    {
                        id = number + 1,
                        image_id = number + 1,
                        category_id = 1 + (number % 2),
                        bbox = box,
                        iscrowd = 0,
                    }
                );
            }
            folder.Write(
                $"cells/annotations/instances_{split}.json",
                JsonSerializer.Serialize(
                    new
                    {
                        images,
                        annotations = boxes,
                        categories = new[] { new { id = 1, name = "red" }, new { id = 2, name = "white" } },
                    }
                )
            );
        }
        return folder.Path("cells");
    }

    /// <summary>A picture of 4 x 4 squares, the bright ones being the bits of a number that is no other's.</summary>
    private static RgbImage Bars(int number, int scale)
    {
        int side = 64 * scale;
        int bits = (int)((number + 1) * 2654435761u >> 16);
        byte[] pixels = new byte[side * side * 3];
        for (int at = 0; at < pixels.Length; at++)
        {
            int square = (at / 3 / side / (side / 4) * 4) + (at / 3 % side / (side / 4));
            pixels[at] = (byte)((bits >> square & 1) == 1 ? 220 : 40);
        }
        return new RgbImage(side, side, pixels);
    }
}
