using System.Text;
using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

public sealed class CocoReaderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-coco-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("train", 205, 2804)]
    [InlineData("val", 87, 1137)]
    [InlineData("test", 72, 945)]
    public void Blood_cells_are_read_whole(string split, int images, int boxes)
    {
        Dataset dataset = DatasetReader.Open(SharedData.Folder("bccd"), split);
        Assert.Equal(images, dataset.Images.Count);
        Assert.Equal(boxes, dataset.Images.Sum(image => image.Boxes.Count));
        Assert.Equal(3, dataset.Classes.Count);
        Assert.Empty(dataset.Findings);
    }

    [Fact]
    public void Labels_are_places_in_the_files_order_and_crowds_are_marked()
    {
        Dataset dataset = DatasetReader.Open(SharedData.Folder("coco_mini"), "val");
        Assert.Equal(79, dataset.Images.Count);
        Assert.Equal(80, dataset.Classes.Count);
        Assert.Equal(5, dataset.Images.Sum(image => image.Boxes.Count(box => box.Crowd)));
        Assert.All(dataset.Images.SelectMany(image => image.Boxes), box => Assert.InRange(box.Label, 0, 79));
    }

    [Fact]
    public void Boxes_without_area_are_counted_and_left_out()
    {
        string images = SharedData.Folder("bccd", "images");
        Dataset dataset = CocoReader.Read(
            SharedData.Folder("bad_input", "coco_json", "bccd_zero_area_boxes.json"),
            images,
            "train"
        );
        Assert.Contains(dataset.Findings, finding => finding.Kind == FindingKind.ZeroAreaBox);
        Assert.All(
            dataset.Images.SelectMany(image => image.Boxes),
            box => Assert.True(box.X2 > box.X1 && box.Y2 > box.Y1)
        );
    }

    [Fact]
    public void Annotation_ids_that_repeat_are_found()
    {
        WriteImage("fake1.jpg", 800, 800);
        string file = SharedData.Folder("bad_input", "coco_json", "mmdet_coco_wrong_format_sample.json");
        Dataset dataset = CocoReader.Read(file, folder, "train");
        Assert.Contains(dataset.Findings, finding => finding.Kind == FindingKind.DuplicateId);
    }

    [Fact]
    public void A_file_of_another_form_is_named_in_one_sentence()
    {
        string file = SharedData.Folder("bad_input", "coco_json", "mmdet_coco_batched_sample.json");
        DataException error = Assert.Throws<DataException>(() => CocoReader.Read(file, folder, "train"));
        Assert.StartsWith(file, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Contains("expected", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "is not JSON")]
    [InlineData("""{"images":[],"annotations":[]}""", "'categories'")]
    [InlineData("""{"images":[],"annotations":[],"categories":[]}""", "at least one category")]
    [InlineData("""{"images":[{"id":"x"}],"annotations":[],"categories":[{"id":1,"name":"a"}]}""", "images[0].id")]
    [InlineData(
        """{"images":[{"id":1,"file_name":"a.jpg","width":"0","height":4}],"annotations":[],"categories":[{"id":1,"name":"a"}]}""",
        "images[0].width"
    )]
    [InlineData(
        """{"images":[],"annotations":[{"bbox":[1,2,3]}],"categories":[{"id":1,"name":"a"}]}""",
        "annotations[0].bbox"
    )]
    [InlineData(
        """{"images":[],"annotations":[{"bbox":"1 2 3 4"}],"categories":[{"id":1,"name":"a"}]}""",
        "annotations[0].bbox"
    )]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer")]
    [InlineData("""{"images":[],"annotations":[],"categories":[{"id":1,"name":"\ud800"}]}""", "categories[0].name")]
    [InlineData("""{"\ud800":1,"images":[],"annotations":[],"categories":[]}""", "at least one category")]
    public void Wrong_structure_names_the_field(string text, string expected)
    {
        DataException error = Assert.Throws<DataException>(() => Read(text));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Each_bad_item_is_one_finding_and_the_good_ones_stay()
    {
        WriteImage("a.jpg");
        Dataset dataset = Read(
            """
            {"images":[{"id":1,"file_name":"a.jpg","width":100,"height":100},{"id":2,"file_name":"../a.jpg","width":100,"height":100},
                       {"id":1,"file_name":"a.jpg","width":100,"height":100},{"id":4,"file_name":"gone.jpg","width":100,"height":100}],
             "categories":[{"id":7,"name":"a"},{"id":3,"name":"b"}],
             "annotations":[{"id":1,"image_id":1,"category_id":3,"bbox":[10,10,20,20]},{"id":1,"image_id":1,"category_id":3,"bbox":[1,1,2,2]},
                            {"id":3,"image_id":1,"category_id":3,"bbox":[10,10,20,20]},{"id":4,"image_id":1,"category_id":9,"bbox":[1,1,2,2]},
                            {"id":5,"image_id":99,"category_id":3,"bbox":[1,1,2,2]},{"id":6,"image_id":1,"category_id":3,"bbox":[200,1,2,2]},
                            {"id":7,"image_id":1,"category_id":7,"bbox":[90,90,50,5]}]}
            """
        );
        Assert.Equal(
            [
                FindingKind.NameOutsideFolder,
                FindingKind.DuplicateId,
                FindingKind.MissingImage,
                FindingKind.DuplicateBox,
                FindingKind.UnknownCategory,
                FindingKind.UnknownImage,
                FindingKind.BoxOutside,
                FindingKind.BoxOutside,
                FindingKind.DuplicateId,
            ],
            dataset.Findings.Select(finding => finding.Kind)
        );
        ImageRecord image = Assert.Single(dataset.Images);
        Assert.Equal(
            [(10f, 30f, 1), (1f, 3f, 1), (90f, 100f, 0)],
            image.Boxes.Select(box => (box.X1, box.X2, box.Label))
        );
    }

    [Fact]
    public void A_file_name_that_no_file_can_have_is_a_finding()
    {
        WriteImage("a.jpg");
        Directory.CreateDirectory(Path.Combine(folder, "inside"));
        Dataset dataset = Read(
            """
            {"images":[{"id":1,"file_name":"a.jpg","width":100,"height":100},{"id":2,"file_name":"b\u0000.jpg","width":100,"height":100},
                       {"id":3,"file_name":"","width":100,"height":100},{"id":4,"file_name":"inside","width":100,"height":100}],
             "categories":[{"id":7,"name":"a"}],"annotations":[{"id":1,"image_id":1,"category_id":7,"bbox":[1,1,2,2]}]}
            """
        );
        Assert.Single(dataset.Images);
        Assert.Equal(
            [FindingKind.NameOutsideFolder, FindingKind.MissingImage, FindingKind.MissingImage],
            dataset.Findings.Select(finding => finding.Kind)
        );
        Assert.Contains("images[2]: file_name is empty;", dataset.Findings[1].Message, StringComparison.Ordinal);
        Assert.Contains("'inside' names a folder;", dataset.Findings[2].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_does_not_matter()
    {
        WriteImage("a.jpg");
        Dataset dataset = Read(
            "\uFEFF"
                + """
                {"images":[{"id":1,"file_name":"a.jpg","width":100,"height":100}],"categories":[{"id":7,"name":"a"}],
                 "annotations":[{"id":1,"image_id":1,"category_id":7,"bbox":[1,1,2,2]}]}
                """
        );
        Assert.Single(dataset.Images);
    }

    [Fact]
    public void A_missing_split_lists_those_that_exist()
    {
        DataException error = Assert.Throws<DataException>(() =>
            DatasetReader.Open(SharedData.Folder("bccd"), "nonsense")
        );
        Assert.Contains("test, train, val", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            "annotations",
            Assert.Throws<DataException>(() => DatasetReader.Open(folder, "train")).Message,
            StringComparison.Ordinal
        );
    }

    private void WriteImage(string name, int width = 100, int height = 100) =>
        File.WriteAllBytes(
            Path.Combine(folder, name),
            ImageCodec.EncodeJpeg(new RgbImage(width, height, new byte[3 * width * height]))
        );

    private Dataset Read(string text)
    {
        string file = Path.Combine(folder, "instances_train.json");
        File.WriteAllText(file, text);
        return DatasetReader.Open(file, "train");
    }

    [Fact]
    public void A_key_with_half_of_a_surrogate_pair_is_refused()
    {
        string text = """
            {
              "categories": [{ "id": 1, "name": "cell" }],
              "images": [{ "id": 1, "file_name": "a.png", "width": 100, "height": 50, "\ud800": 1 }],
              "annotations": []
            }
            """;
        using SmallData data = new();
        data.Image("images/a.png");
        string file = data.Text(
            "annotations/instances_train.json",
            text.Replace("\"id\": 1, \"file", "\"file", StringComparison.Ordinal)
        );
        DataException refusal = Assert.Throws<DataException>(() => data.Open());
        Assert.Contains(
            $"{file}: images[0] is an object; expected keys of valid Unicode",
            refusal.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("utf-16", "")]
    [InlineData("latin1", "name")]
    [InlineData("latin1", "file_name")]
    public void A_file_that_is_not_UTF_8_is_refused_by_its_name(string encoding, string field)
    {
        string text = """
            {
              "categories": [{ "id": 1, "name": "cell" }],
              "images": [{ "id": 1, "file_name": "a.png", "width": 100, "height": 50 }],
              "annotations": [{ "id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5] }]
            }
            """;
        using SmallData data = new();
        data.Image("images/a.png");
        string file = data.Text("annotations/instances_train.json", text);
        Assert.Single(data.Open().Images);

        string accented =
            field.Length == 0 ? text : text.Replace($"\"{field}\": \"", $"\"{field}\": \"é", StringComparison.Ordinal);
        File.WriteAllBytes(file, Encoding.GetEncoding(encoding).GetBytes(accented));
        DataException refusal = Assert.Throws<DataException>(() => data.Open());
        Assert.StartsWith(file, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }
}
