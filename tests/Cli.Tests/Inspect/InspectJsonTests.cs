using System.Text.Json;
using DynamicRcnn.Cli.Tests.Commands;
using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Inspect;

/// <summary>drcnn inspect --json over the situations of public reports.</summary>
public sealed class InspectJsonTests : InFolder
{
    [Theory]
    [InlineData("01-roboflow-coco", "train 2 3 0, val 2 3 0", "renumbered id 2")]
    [InlineData("02-labelstudio-coco/unix", "train 4 6 0", "renumbered id 1")]
    [InlineData("03-cvat-yolo11", "train 4 6 0", "")]
    [InlineData("04-yolo-polygons", "train 2 3 0, val 2 3 0", "box from a polygon 3")]
    [InlineData("06-category-order", "train 2 3 0, val 2 3 0", "")]
    [InlineData("06-category-order/subset", "train 2 3 0, val 2 1 0", "class that a split lacks 1")]
    [InlineData("06-category-order/further", "train 2 3 0, val 2 3 0", "error 1 error")]
    [InlineData("07-same-name/names", "train 4 6 0", "file name of two images 1")]
    [InlineData("08-annotation-ids", "train 4 6 0", "duplicate id 4")]
    [InlineData("09-no-size/missing", "train 4 6 0", "image size not stated 3")]
    [InlineData("14-kaggle-voc", "train 4 6 0", "")]
    [InlineData("14-kaggle-voc/ships", "train 2 3 0, val 2 3 0", "")]
    [InlineData("15-voc-quirks", "train 4 6 0", "")]
    [InlineData("20-hidden-files", "train 2 3 0, val 2 3 0", "")]
    [InlineData("21-coco-paths/coco2017", "train 2 3 0, val 2 3 0", "")]
    [InlineData("24-pictures", "train 11 22 0", "undecodable image 1")]
    [InlineData("48-bmp", "train 3 5 0", "")]
    [InlineData("49-jpeg-ends", "train 3 6 0", "odd end of a JPEG 2")]
    [InlineData("39-unicode", "train 3 5 0", "")]
    [InlineData("44-empty-val", "train 2 3 0, val 2 0 0", "")]
    [InlineData("45-all-crowd", "train 4 0 6", "error 1 error")]
    public void The_file_holds_each_split_and_each_kind_of_finding(string name, string splits, string findings)
    {
        string json = folder.Path("found.json");
        ProcessRun run = Drcnn.Run("inspect", "--data", Repository.Shared("data", "reports", name), "--json", json);
        bool isRefused = findings.EndsWith(" error", StringComparison.Ordinal);
        Assert.Equal(isRefused ? ExitCode.BadInput : ExitCode.Done, run.ExitCode);
        Assert.Equal((splits, findings), Read(json));
    }

    [Fact]
    public void Each_kind_names_three_places_and_what_to_do()
    {
        string data = Repository.Shared("data", "reports", "08-annotation-ids");
        string json = folder.Path("found.json");
        string text = Drcnn.Succeed("inspect", "--data", data, "--json", json);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement kind = Assert.Single(document.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal(
            [
                "instances_train.json: annotations[2].id",
                "instances_train.json: annotations[3].id",
                "instances_train.json: annotations[4].id",
            ],
            kind.GetProperty("places").EnumerateArray().Select(place => place.GetString())
        );
        Assert.Contains("an id of its own", kind.GetProperty("advice").GetString(), StringComparison.Ordinal);
        Assert.Contains("read as COCO: annotations/instances_train.json", text, StringComparison.Ordinal);
        Assert.Contains("what to do: give each image", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_set_that_is_refused_has_its_sentence_in_the_file()
    {
        string data = Repository.Shared("data", "reports", "12-nan");
        string json = folder.Path("found.json");
        Drcnn.Refuse(ExitCode.BadInput, ["annotations[4].area is NaN"], ["inspect", "--data", data, "--json", json]);
        Assert.Equal(("", "error 1 error"), Read(json));
        Assert.Contains("annotations[4].area is NaN", File.ReadAllText(json), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nc: 3", new string[0], "nc is '3', but names holds 1")]
    [InlineData("", new[] { "--train", "foo" }, "--train foo: there is no such split, file or folder")]
    [InlineData("", new[] { "--hold-out", "20%" }, "--hold-out: ")]
    public void A_layout_that_is_refused_has_its_sentence_in_the_file(string more, string[] options, string expected)
    {
        string json = folder.Path("found.json");
        folder.Write("data/data.yaml", $"train: images/train\nval: images/val\nnames: [ant]\n{more}\n");
        folder.Write("data/images/train/a.txt", "");
        folder.Write("data/images/val/a.txt", "");
        Drcnn.Refuse(
            ExitCode.BadInput,
            [expected],
            ["inspect", "--data", folder.Path("data"), "--json", json, .. options]
        );
        Assert.Equal(("", "error 1 error"), Read(json));
        Assert.Contains(
            expected,
            File.ReadAllText(json).Replace("\\u0027", "'", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_validation_split_may_be_inspected_alone()
    {
        string json = folder.Path("found.json");
        string val = Repository.Shared("data", "reports", "01-roboflow-coco", "valid", "_annotations.coco.json");
        Drcnn.Succeed("inspect", "--val", val, "--json", json);
        Assert.Equal("val 2 3 0", Read(json).Splits);
    }

    [Fact]
    public void An_image_of_two_splits_is_found()
    {
        string json = folder.Path("found.json");
        string data = Repository.Shared("data", "reports", "01-roboflow-coco");
        Drcnn.Succeed("inspect", "--data", data, "--val", "train", "--json", json);
        Assert.Contains("image of two splits 2", Read(json).Findings, StringComparison.Ordinal);
    }

    [Fact]
    public void The_text_counts_difficult_objects_as_boxes()
    {
        string data = Repository.Shared("data", "reports", "15-voc-quirks");
        Assert.Matches(@"(?m)^  boxes +6 \(2 of them difficult", Drcnn.Succeed("inspect", "--data", data));
    }

    private static (string Splits, string Findings) Read(string json)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement root = document.RootElement;
        return (
            string.Join(
                ", ",
                root.GetProperty("splits")
                    .EnumerateArray()
                    .Select(split =>
                        $"{split.GetProperty("name")} {split.GetProperty("images")} {split.GetProperty("boxes")} {split.GetProperty("crowd")}"
                    )
            ),
            string.Join(
                ", ",
                root.GetProperty("findings")
                    .EnumerateArray()
                    .Select(kind =>
                        $"{kind.GetProperty("kind")} {kind.GetProperty("count")}{(kind.GetProperty("error").GetBoolean() ? " error" : "")}"
                    )
            )
        );
    }
}
