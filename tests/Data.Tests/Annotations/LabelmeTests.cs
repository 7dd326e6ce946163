using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

/// <summary>labelme's JSON files beside their images.</summary>
public sealed class LabelmeTests : IDisposable
{
    private const string Rectangle = """{"label":"ant","points":[[30,40],[1,2]],"shape_type":"rectangle"}""";

    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Theory]
    [InlineData("a.json", "a.png")]
    [InlineData("annotations/a.json", "images/a.png")]
    [InlineData("json/a.json", "a.png")]
    [InlineData("Labels/a.json", "Images/a.png")]
    public void Its_layouts_are_recognised(string json, string image)
    {
        data.Image(image);
        Write(json, Rectangle);
        Dataset dataset = data.Open();
        ImageRecord record = Assert.Single(dataset.Images);
        Assert.Equal(data.Path(image), record.Path);
        GroundTruthBox box = Assert.Single(record.Boxes);
        Assert.Equal((1, 2, 30, 40), (box.X1, box.Y1, box.X2, box.Y2));
        Assert.Empty(dataset.Findings);
        Assert.StartsWith("labelme: ", DatasetReader.Describe(data.Root), StringComparison.Ordinal);
    }

    [Fact]
    public void Its_splits_are_recognised()
    {
        foreach (string split in new[] { "train", "val" })
        {
            data.Image($"{split}/{split}.png");
            Write($"{split}/{split}.json", Rectangle);
        }
        Assert.Equal(["train", "val"], DatasetReader.Splits(data.Root));
        Assert.Equal("val.png", Assert.Single(data.Open("val").Images).FileName);
    }

    [Theory]
    [InlineData("""{"label":"ant","points":[[1,2],[30,2],[10,40]],"shape_type":"polygon"}""", 1, 2, 30, 40)]
    [InlineData("""{"label":"ant","points":[[1,2],[30,2],[10,40]]}""", 1, 2, 30, 40)]
    [InlineData("""{"label":"ant","points":[[20,20],[23,24]],"shape_type":"circle"}""", 15, 15, 25, 25)]
    public void The_rectangle_around_another_shape_is_taken(string shape, float x1, float y1, float x2, float y2)
    {
        data.Image("a.png");
        Write("a.json", shape);
        Dataset dataset = data.Open();
        GroundTruthBox box = Assert.Single(Assert.Single(dataset.Images).Boxes);
        Assert.Equal((x1, y1, x2, y2), (box.X1, box.Y1, box.X2, box.Y2));
        Assert.Equal(FindingKind.BoxFromPolygon, Assert.Single(dataset.Findings).Kind);
    }

    [Theory]
    [InlineData("""{"label":"ant","points":[[1,2]],"shape_type":"point"}""", "shapes[1].shape_type is \"point\"")]
    [InlineData("""{"label":"ant","points":[[1,2]],"shape_type":"rectangle"}""", "shapes[1].points")]
    [InlineData(
        """{"label":"ant","points":[[1,2],[9,9],[1,9]],"shape_type":"rectangle"}""",
        "expected two points that"
    )]
    [InlineData("""{"label":"","points":[[1,2],[3,4]]}""", "shapes[1].label is \"\"")]
    [InlineData("""{"points":[[1,2],[3,4]]}""", "label")]
    [InlineData("""{"label":"ant","points":[["1",2],[3,4]]}""", "shapes[1].points[0][0]")]
    [InlineData("""7""", "shapes[1] is 7")]
    public void A_bad_shape_is_a_finding(string shape, string expected)
    {
        data.Image("a.png");
        Write("a.json", $"{Rectangle},{shape}");
        Dataset dataset = data.Open();
        Assert.Single(Assert.Single(dataset.Images).Boxes);
        Assert.Contains(expected, Assert.Single(dataset.Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_of_another_size_is_left_out()
    {
        data.Image("a.png");
        data.Image("b.png", 30, 30);
        Write("a.json", Rectangle);
        Write("b.json", Rectangle);
        Dataset dataset = data.Open();
        Assert.Single(dataset.Images);
        Assert.Equal(FindingKind.SizeMismatch, Assert.Single(dataset.Findings).Kind);
    }

    private void Write(string name, string shapes) =>
        data.Text(
            name,
            $$"""{"version":"5.4.1","flags":{},"imageData":null,"imagePath":"../x.png","imageHeight":50,"imageWidth":100,"shapes":[{{shapes}}]}"""
        );
}
