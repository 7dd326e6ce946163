using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DynamicRcnn.Cli.Tests.Commands;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Data;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Browse;

public sealed class ContactSheetTests : InFolder
{
    [Fact]
    public void The_page_holds_pictures_boxes_counts_and_every_finding()
    {
        WriteData("data", images: 3, extraImage: "missing.jpg");
        string page = folder.Path("sheet.html");
        string output = Drcnn.Succeed("inspect", "--data", folder.Path("data"), "--browse", page);
        Assert.Contains($"{page} shows the images\n", output, StringComparison.Ordinal);

        JsonNode data = DataOf(page);
        JsonNode split = Assert.Single(data["splits"]!.AsArray())!;
        Assert.Equal("data", (string)data["name"]!);
        JsonNode cell = Assert.Single(split["classes"]!.AsArray())!;
        Assert.Equal(
            (3, 3, 2, 0),
            ((int)cell["boxes"]!, (int)cell["images"]!, (int)cell["small"]!, (int)cell["large"]!)
        );
        Assert.Contains(
            "missing.jpg",
            (string)Assert.Single(split["findings"]!.AsArray())!["message"]!,
            StringComparison.Ordinal
        );
        JsonNode shown = split["shown"]![0]!;
        Assert.StartsWith("data:image/jpeg;base64,", (string)shown["picture"]!, StringComparison.Ordinal);
        Assert.Equal([1, 2, 11, 12, 0, 0], shown["boxes"]![0]!.AsArray().Select(value => (double)value!));
    }

    [Fact]
    public void Pictures_as_trained_on_are_there_when_they_are_asked_for()
    {
        WriteData("data", images: 3);
        string page = folder.Path("sheet.html");
        string[] sets = ["--set", "data.crop=0.5", "--set", "data.shortSides=40", "--set", "data.flipProbability=1"];
        Drcnn.Succeed(["inspect", "--data", folder.Path("data"), "--browse", page, "--augmented", "5", .. sets]);
        JsonArray splits = DataOf(page)["splits"]!.AsArray();
        Assert.Equal(["train", "as trained on"], splits.Select(split => (string)split!["split"]!));
        JsonArray shown = splits[1]!["shown"]!.AsArray();
        Assert.Equal(5, shown.Count);
        foreach (JsonNode? image in shown)
        {
            Assert.StartsWith("data:image/jpeg;base64,", (string)image!["picture"]!, StringComparison.Ordinal);
            double[] box = [.. Assert.Single(image["boxes"]!.AsArray())!.AsArray().Select(value => (double)value!)];
            Assert.InRange(box[0], 0, box[2]);
            Assert.InRange(box[2], box[0], (double)image["width"]!);
        }
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["--augmented N", "--browse FILE"],
            ["inspect", "--data", folder.Path("data"), "--augmented", "5"]
        );
    }

    [Fact]
    public void The_page_asks_for_nothing_outside_itself()
    {
        WriteData("data", images: 1);
        Drcnn.Succeed("inspect", "--data", folder.Path("data"), "--browse", folder.Path("sheet.html"));
        string page = File.ReadAllText(folder.Path("sheet.html"));
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("https?://(?!www\\.w3\\.org/2000/svg)", page);
        Assert.DoesNotContain("/*", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_look_like_markup_stay_text()
    {
        const string Hostile = "</script><script>alert(1)</script>";
        ImageRecord image = new(1, folder.Path("none.jpg"), Hostile, 20, 10, []);
        Dataset dataset = new("d", "train", [new ClassName(1, Hostile)], [image], []);
        ContactSheet.Write(folder.Path("sheet.html"), Hostile, [new InspectedSplit("train", dataset, [])], 10);
        Assert.DoesNotContain(Hostile, File.ReadAllText(folder.Path("sheet.html")), StringComparison.Ordinal);
        JsonNode data = DataOf(folder.Path("sheet.html"));
        Assert.Equal(Hostile, (string)data["splits"]![0]!["shown"]![0]!["file"]!);
        Assert.Null(data["splits"]![0]!["shown"]![0]!["picture"]);
    }

    [Fact]
    public void Of_a_large_split_images_with_findings_come_first_and_the_rest_are_spread_evenly()
    {
        ImageRecord[] images =
        [
            .. Enumerable.Range(0, 100).Select(i => new ImageRecord(i, $"/{i}.jpg", $"{i}.jpg", 8, 8, [])),
        ];
        Finding[] findings = [new(FindingKind.ZeroAreaBox, "/7.jpg", "a"), new(FindingKind.BoxOutside, "/93.jpg", "b")];
        Dataset dataset = new("d", "train", [], images, []);
        IEnumerable<long> chosen = SheetChoice
            .Of(new InspectedSplit("train", dataset, findings), 6)
            .Select(image => image.Id);
        Assert.Equal([0, 7, 25, 50, 74, 93], chosen);
        Assert.Equal(100, SheetChoice.Of(new InspectedSplit("train", dataset, findings), 100).Count);
        Assert.Equal([7], SheetChoice.Of(new InspectedSplit("train", dataset, findings), 1).Select(image => image.Id));
    }

    [Theory]
    [InlineData("--browse annotations.json", "annotations.json", ".html")]
    [InlineData("--browse sheet.html --browse-images 0", "--browse-images 0", "at least 1")]
    [InlineData("--browse-images 5", "--browse-images", "--browse FILE")]
    public void What_cannot_be_written_is_refused_before_anything_is_read(string options, params string[] parts) =>
        Drcnn.Refuse(ExitCode.BadUsage, parts, ["inspect", "--data", "nowhere", .. options.Split(' ')]);

    private void WriteData(string name, int images, string? extraImage = null)
    {
        string[] files = [.. Enumerable.Range(0, images).Select(i => $"{i}.jpg")];
        foreach (string file in files)
        {
            folder.Write(
                Path.Combine(name, "images", file),
                ImageCodec.EncodeJpeg(new RgbImage(64, 48, new byte[3 * 64 * 48]))
            );
        }
        string Image(string file, int id) => $$"""{"id":{{id}},"file_name":"{{file}}","width":64,"height":48}""";
        string Box(int id) =>
            $$"""{"id":{{id}},"image_id":{{id}},"category_id":5,"bbox":[1,2,{{(id == 1 ? 10 : id == 2 ? 10 : 40)}},{{(id < 3 ? 10 : 40)}}],"area":100,"iscrowd":0}""";
        string[] all = extraImage is null ? files : [.. files, extraImage];
        string json =
            $$"""{"images":[{{string.Join(',', all.Select((file, i) => Image(file, i + 1)))}}],"annotations":[{{string.Join(',', files.Select((_, i) => Box(i + 1)))}}],"categories":[{"id":5,"name":"cell"}]}""";
        folder.Write(
            Path.Combine(name, "annotations", "instances_train.json"),
            System.Text.Encoding.UTF8.GetBytes(json)
        );
    }

    private static JsonNode DataOf(string page)
    {
        Match data = Regex.Match(File.ReadAllText(page), "id=\"data\">(.*?)</script>", RegexOptions.Singleline);
        return JsonNode.Parse(data.Groups[1].Value)!;
    }
}
