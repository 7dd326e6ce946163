using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

/// <summary>What tools leave out of COCO files, or write in another type.</summary>
public sealed class CocoFieldTests : IDisposable
{
    private const string Good = """{"id":1,"image_id":1,"category_id":7,"bbox":[10,5,20,30],"area":600,"iscrowd":0}""";

    private readonly SmallData data = new();

    public CocoFieldTests() => data.Image("images/a.png");

    public void Dispose() => data.Dispose();

    [Theory]
    [InlineData("\"area\":600", "\"area\":null")]
    [InlineData(",\"area\":600", "")]
    [InlineData("\"iscrowd\":0", "\"iscrowd\":null")]
    [InlineData(",\"iscrowd\":0", "")]
    [InlineData("\"iscrowd\":0", "\"iscrowd\":false")]
    [InlineData("\"iscrowd\":0", "\"iscrowd\":0.0")]
    public void Null_and_missing_stand_for_what_nobody_said(string good, string other)
    {
        Dataset dataset = Read(Good.Replace(good, other, StringComparison.Ordinal));
        Assert.Empty(dataset.Findings);
        GroundTruthBox box = Assert.Single(Assert.Single(dataset.Images).Boxes);
        Assert.Equal((600d, false), (box.Area, box.Crowd));
    }

    [Theory]
    [InlineData("\"iscrowd\":true")]
    [InlineData("\"iscrowd\":1")]
    public void A_crowd_is_one_in_either_type(string crowd) =>
        Assert.True(
            Assert.Single(Read(Good.Replace("\"iscrowd\":0", crowd, StringComparison.Ordinal)).Images[0].Boxes).Crowd
        );

    [Theory]
    [InlineData("\"id\":0")]
    [InlineData("\"id\":null")]
    [InlineData("\"id\":\"a7\"")]
    [InlineData("\"id\":1.5")]
    [InlineData("\"name\":1")]
    public void An_annotation_id_that_cannot_be_used_is_replaced(string id)
    {
        Dataset dataset = Read(Good.Replace("\"id\":1", id, StringComparison.Ordinal));
        Assert.Equal(FindingKind.RenumberedId, Assert.Single(dataset.Findings).Kind);
        Assert.Equal(1, Assert.Single(Assert.Single(dataset.Images).Boxes).AnnotationId);
    }

    [Fact]
    public void Repeated_ids_are_all_replaced_and_counted()
    {
        string[] boxes =
        [
            .. Enumerable.Range(0, 6).Select(i => Good.Replace("[10,", $"[{i},", StringComparison.Ordinal)),
        ];
        Dataset dataset = Read(string.Join(',', boxes));
        Assert.Equal([1, 2, 3, 4, 5, 6], Assert.Single(dataset.Images).Boxes.Select(box => box.AnnotationId));
        Assert.Equal(5, dataset.Findings.Sum(finding => finding.Count));
        Assert.Equal(
            ["annotations[1].id", "annotations[2].id", "annotations[3].id"],
            dataset.Findings.Select(finding => finding.Place.Split(": ")[^1])
        );
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("\"bbox\":null,", "")]
    [InlineData("\"bbox\":[],", "")]
    [InlineData("\"bbox\":[null,null,null,null],", "")]
    [InlineData("", "[10,5,30,5,30,35,10,35]")]
    [InlineData("", "[[10,5,30,5,30,15],[12,15,30,35,11,30]]")]
    public void A_polygon_stands_for_a_box_that_is_not_there(string box, string polygon)
    {
        string segmentation = polygon.Length == 0 ? "[[10,5,30,5,30,35,10,35]]" : polygon;
        Dataset dataset = Read($"{{\"id\":1,\"image_id\":1,\"category_id\":7,{box}\"segmentation\":{segmentation}}}");
        Assert.Equal(FindingKind.BoxFromPolygon, Assert.Single(dataset.Findings).Kind);
        GroundTruthBox read = Assert.Single(Assert.Single(dataset.Images).Boxes);
        Assert.Equal((10f, 5f, 30f, 35f), (read.X1, read.Y1, read.X2, read.Y2));
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"segmentation\":null")]
    [InlineData(",\"segmentation\":[]")]
    [InlineData(",\"segmentation\":[[1,2,3]]")]
    [InlineData(",\"segmentation\":{\"size\":[5,5],\"counts\":[3,22]}")]
    public void Neither_box_nor_polygon_loses_that_annotation_alone(string polygon)
    {
        Dataset dataset = Read($"{Good},{{\"id\":2,\"image_id\":1,\"category_id\":7{polygon}}}");
        Assert.Equal(FindingKind.MissingBox, Assert.Single(dataset.Findings).Kind);
        Assert.Single(Assert.Single(dataset.Images).Boxes);
    }

    [Theory]
    [InlineData("\"area\":NaN", "annotations[0].area is NaN; expected a number")]
    [InlineData("\"area\":1e400", "annotations[0].area is 1e400; expected a finite number")]
    [InlineData("\"area\":-Infinity", "annotations[0].area is -Infinity; expected a number")]
    [InlineData("\"bbox\":[1,NaN,3,4]", "annotations[0].bbox[1] is NaN; expected a number")]
    [InlineData("\"image_id\":NaN", "annotations[0].image_id is NaN; expected a whole number")]
    [InlineData("\"image_id\":null", "annotations[0].image_id is null; expected a whole number")]
    [InlineData("\"category_id\":\"7\"", "annotations[0].category_id is \"7\"; expected a whole number")]
    [InlineData("\"iscrowd\":\"no\"", "annotations[0].iscrowd is \"no\"; expected 0 or 1")]
    [InlineData("\"iscrowd\":7.5", "annotations[0].iscrowd is 7.5; expected 0 or 1")]
    [InlineData("\"iscrowd\":-3", "annotations[0].iscrowd is -3; expected 0 or 1")]
    [InlineData("\"bbox\":[1,2,1e400,4]", "annotations[0].bbox[2] is 1e400; expected a finite number")]
    [InlineData("\"bbox\":[1,2,3]", "annotations[0].bbox is an array of 3; expected 4 numbers")]
    [InlineData("\"bbox\":\"1 2 3 4\"", "annotations[0].bbox is \"1 2 3 4\"; expected an array")]
    public void Nonsense_is_refused_with_its_place(string field, string expected)
    {
        string name = field.Split(':')[0];
        string rest = string.Join(
            ',',
            ((string[])["\"image_id\":1", "\"category_id\":7", "\"bbox\":[1,2,3,4]"]).Where(other =>
                !other.StartsWith(name, StringComparison.Ordinal)
            )
        );
        DataException refusal = Assert.Throws<DataException>(() => Read($"{{{field},{rest}}}"));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-5", 600, "the area is -5, that of the box is taken")]
    [InlineData("1e12", 600, "the area is 1000000000000, that of the box is taken")]
    [InlineData("5000", 5000, "the area is 5000, more than its box [10, 5, 20, 30] holds; it is kept")]
    public void An_area_that_no_object_has_is_told(string area, double read, string expected)
    {
        Dataset dataset = Read(Good.Replace("\"area\":600", $"\"area\":{area}", StringComparison.Ordinal));
        Assert.Equal(read, Assert.Single(Assert.Single(dataset.Images).Boxes).Area);
        Finding finding = Assert.Single(dataset.Findings);
        Assert.Equal(FindingKind.OddValue, finding.Kind);
        Assert.Contains($"annotations[0].area: {expected}", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\" a\"", "a", 1)]
    [InlineData("\"a\\u001b[31m\"", "a\\u001b[31m", 1)]
    [InlineData("\"a\\nb\"", "a\\u000ab", 1)]
    [InlineData("\"a\"},{\"id\":8,\"name\":\"a\"", "a", 1)]
    [InlineData("\"\u00e9\u7ea2\"", "\u00e9\u7ea2", 0)]
    public void A_class_name_is_one_that_can_be_shown(string name, string shown, int findings)
    {
        Dataset dataset = ReadText(
            $$"""{"categories":[{"id":7,"name":{{name}}}],"images":[{{Image}}],"annotations":[{{Good}}]}"""
        );
        Assert.Equal(shown, dataset.Classes[0].Name);
        Assert.Equal(findings, dataset.Findings.Count(finding => finding.Kind == FindingKind.ClassName));
        Assert.Equal(findings, dataset.Findings.Count);
    }

    [Theory]
    [InlineData("\"\"", "class id 7 has a name of 0 characters; expected 1 to 200")]
    [InlineData("\" \"", "class id 7 has a name of 0 characters; expected 1 to 200")]
    [InlineData("LONG", "class id 7 has a name of 5000 characters; expected 1 to 200")]
    [InlineData("null", "categories[0].name is null; expected a string")]
    [InlineData("5", "categories[0].name is 5; expected a string")]
    public void A_class_without_such_a_name_is_refused(string name, string expected)
    {
        string text = name == "LONG" ? $"\"{new string('x', 5000)}\"" : name;
        DataException refusal = Assert.Throws<DataException>(() =>
            ReadText($$"""{"categories":[{"id":7,"name":{{text}}}],"images":[{{Image}}],"annotations":[{{Good}}]}""")
        );
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.InRange(refusal.Message.Length, 1, 300);
    }

    [Fact]
    public void A_name_reaches_no_terminal_raw_or_at_any_length()
    {
        string name = $"\\u001b]0;\\u0007\\n{new string('x', 5000)}.png";
        Dataset dataset = Read(Good, $$"""{{Image}},{"id":2,"file_name":"{{name}}","width":100,"height":50}""");
        string message = Assert.Single(dataset.Findings).Message;
        Assert.DoesNotContain(message, char.IsControl);
        Assert.Contains("\\u001b]0;\\u0007\\u000ax", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 100, 2_100);
    }

    [Theory]
    [InlineData("id", "null", "images[0].id is null; expected a whole number")]
    [InlineData("id", "\"1\"", "images[0].id is \"1\"; expected a whole number")]
    [InlineData("file_name", "null", "images[0].file_name is null; expected a string")]
    [InlineData("file_name", "7", "images[0].file_name is 7; expected a string")]
    [InlineData("file_name", "\"\"", "images[0]: file_name is empty; the image is left out")]
    [InlineData("width", "\"100\"", "images[0].width is \"100\"; expected a whole number")]
    [InlineData("width", "99.5", "images[0].width is 99.5; expected a whole number")]
    [InlineData("width", "1e9", "images[0].width is 1e9; expected a side between 1 and 1000000 pixels")]
    [InlineData("height", "99", "the image is 100 x 50, but its annotation says 100 x 99; the image is left out")]
    public void Nonsense_about_an_image_is_refused_with_its_place(string field, string value, string expected)
    {
        string image = System.Text.RegularExpressions.Regex.Replace(
            Image,
            $"\"{field}\":[^,}}]+",
            $"\"{field}\":{value}"
        );
        DataException refusal = Assert.Throws<DataException>(() => Read(Good, image));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"categories":[{"id":7,"name":"a"}],"annotations":[]}""", "an object with the key 'images'")]
    [InlineData("""{"categories":null,"images":[],"annotations":[]}""", "categories is null; expected an array")]
    [InlineData("""{"categories":{},"images":[],"annotations":[]}""", "categories is an object; expected an array")]
    [InlineData(
        """{"categories":[{"id":7,"name":"a"}],"images":5,"annotations":[]}""",
        "images is 5; expected an array"
    )]
    [InlineData("""{"categories":[{"name":"a"}],"images":[],"annotations":[]}""", "object with the key 'id'")]
    [InlineData(
        """{"categories":[],"images":[],"annotations":[],"images":[]}""",
        "'images' is there twice; expected it once"
    )]
    public void Nonsense_at_the_top_is_refused_with_its_place(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<DataException>(() => ReadText(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData(",\"width\":null,\"height\":null")]
    [InlineData(",\"width\":0,\"height\":0")]
    [InlineData(",\"width\":-1,\"height\":50")]
    [InlineData(",\"width\":100")]
    public void A_size_that_nobody_states_is_the_headers(string size)
    {
        Dataset dataset = Read(Good, $$"""{"id":1,"file_name":"a.png"{{size}}}""");
        Assert.Equal((100, 50), (dataset.Images[0].Width, dataset.Images[0].Height));
        Assert.Equal(FindingKind.SizeFromHeader, Assert.Single(dataset.Findings).Kind);
    }

    [Fact]
    public void A_size_of_a_file_that_is_no_picture_is_nobodys()
    {
        data.Text("images/b.png", "no picture");
        Dataset dataset = Read(
            Good,
            """{"id":1,"file_name":"a.png","width":100,"height":50},{"id":2,"file_name":"b.png"}"""
        );
        Assert.Single(dataset.Images);
        Assert.Equal(FindingKind.UndecodableImage, Assert.Single(dataset.Findings).Kind);
    }

    private const string Image = """{"id":1,"file_name":"a.png","width":100,"height":50}""";

    private Dataset Read(string annotations, string images = Image) =>
        ReadText($$"""{"categories":[{"id":7,"name":"a"}],"images":[{{images}}],"annotations":[{{annotations}}]}""");

    private Dataset ReadText(string text) =>
        DatasetReader.Open(data.Text("annotations/instances_train.json", text), "train");
}
