using System.Text.Json;
using DynamicRcnn.Cli.Tests.Export;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Data;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>drcnn data review: its list and its page.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class DataReviewTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_label_is_in_the_list_and_the_first_places_on_the_page()
    {
        ClassName[] classes = [new(1, "<b>disc</b>"), new(2, "ring")];
        string detector = folder.Path("random.safetensors");
        RandomDetector.Write(detector, "tiny-demo", classes, "model.roiHead.scoreThreshold=0.01");
        folder.Write("cells/images/a.png", ImageCodec.EncodePng(Pictures.Drawn((96, 96))));
        folder.Write(
            "cells/annotations/instances_val.json",
            """
            {"images":[{"id":1,"file_name":"a.png","width":96,"height":96}],"categories":[{"id":1,"name":"<b>disc</b>"},{"id":2,"name":"ring"}],
             "annotations":[{"id":5,"image_id":1,"category_id":1,"bbox":[2,3,20,20]},{"id":6,"image_id":1,"category_id":2,"bbox":[50,50,30,30]}]}
            """
        );
        string found = folder.Path("out");
        string[] line = ["data", "review", detector, "--data", folder.Path("cells"), "--out", found, "--pictures", "2"];
        string output = Drcnn.Succeed(line);
        Assert.Contains("1 image, 2 boxes", output, StringComparison.Ordinal);
        using JsonDocument list = JsonDocument.Parse(File.ReadAllText(Path.Combine(found, "review.json")));
        JsonElement[] places = [.. list.RootElement.EnumerateArray()];
        double[] scores = [.. places.Select(place => place.GetProperty("score").GetDouble())];
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.Equal(
            [5, 6],
            places
                .Select(place => place.GetProperty("label"))
                .Where(label => label.ValueKind == JsonValueKind.Object)
                .Select(label => label.GetProperty("annotation_id").GetInt32())
                .Order()
        );
        string page = File.ReadAllText(Path.Combine(found, "review.html"));
        Assert.Equal(3, page.Split("<figure").Length);
        Assert.Contains("data:image/jpeg;base64,", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>disc</b>", page, StringComparison.Ordinal);
        Drcnn.Refuse(ExitCode.BadUsage, ["review.html", "already"], line);
    }
}
