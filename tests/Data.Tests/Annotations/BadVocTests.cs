using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

public sealed class BadVocTests : IDisposable
{
    private const string Object =
        "<object><name>ant</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>10</xmax><ymax>10</ymax></bndbox></object>";

    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Theory]
    [InlineData("<annotation>", "line 1 is not plain XML; expected a well-formed file")]
    [InlineData("<annotation>\n</wrong>", "line 2 is not plain XML")]
    [InlineData("", "the file is not plain XML")]
    [InlineData("<html/>", "the root element is 'html'; expected 'annotation'")]
    [InlineData(
        "<annotation><size><width>wide</width></size></annotation>",
        "size.width is 'wide'; expected a whole number"
    )]
    public void An_annotation_that_cannot_be_read_leaves_its_image_out(string text, string expected)
    {
        WriteGood();
        data.Text("bad.xml", text);
        data.Image("bad.png");
        Dataset dataset = data.Open();
        Assert.Equal("good.png", Assert.Single(dataset.Images).FileName);
        Finding finding = Assert.Single(dataset.Findings);
        Assert.Equal(FindingKind.UnreadableLabel, finding.Kind);
        Assert.StartsWith(data.Path("bad.xml"), finding.Message, StringComparison.Ordinal);
        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', finding.Message);
    }

    [Fact]
    public void Entities_are_never_resolved()
    {
        string secret = data.Text("secret.dat", "wasp");
        data.Text(
            "a.xml",
            $"<!DOCTYPE annotation [<!ENTITY leak SYSTEM \"file://{secret}\">]>\n<annotation>{Object.Replace("ant", "&leak;", StringComparison.Ordinal)}</annotation>"
        );
        data.Image("a.png");
        DataException error = Assert.Throws<DataException>(() => data.Open());
        Assert.Contains("a.xml: the file is not plain XML; expected", error.Message, StringComparison.Ordinal);
        Assert.Contains("without a document type", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wasp", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<name>ant</name>", "<name> </name>", "line 2: an object has no name")]
    [InlineData("<xmin>1</xmin>", "<xmin>one</xmin>", "line 2: xmin is 'one'; expected a number")]
    [InlineData("<ymax>10</ymax>", "", "line 2: ymax is missing; expected a number")]
    [InlineData("bndbox", "box", "line 2: the object 'ant' has no bndbox")]
    public void An_object_that_cannot_be_read_is_left_out_and_the_others_stay(string good, string bad, string expected)
    {
        string broken = Object.Replace(good, bad, StringComparison.Ordinal);
        data.Text("a.xml", $"<annotation>\n{broken}\n{Object}</annotation>");
        data.Image("a.png");
        Dataset dataset = data.Open();
        Finding finding = Assert.Single(dataset.Findings);
        Assert.Equal(FindingKind.UnreadableLabel, finding.Kind);
        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
        Assert.Single(Assert.Single(dataset.Images).Boxes);
    }

    [Theory]
    [InlineData("5 5 5 9", FindingKind.ZeroAreaBox, 1)]
    [InlineData("50 9 20 20", FindingKind.ZeroAreaBox, 1)]
    [InlineData("200 1 220 9", FindingKind.BoxOutside, 1)]
    [InlineData("90 1 120 9", FindingKind.BoxOutside, 2)]
    [InlineData("11 5 30 20", FindingKind.DuplicateBox, 1)]
    public void A_bad_box_is_one_finding(string corners, FindingKind kind, int boxes)
    {
        data.Xml("a.xml", ("ant", "11 5 30 20"), ("ant", corners));
        data.Image("a.png");
        Dataset dataset = data.Open();
        Assert.Equal(kind, Assert.Single(dataset.Findings).Kind);
        Assert.Equal(boxes, Assert.Single(dataset.Images).Boxes.Count);
    }

    [Fact]
    public void A_list_with_bad_names_goes_on_without_them()
    {
        data.Xml("Annotations/a.xml", ("ant", "1 1 10 10"));
        data.Xml("Annotations/noimage.xml", ("ant", "1 1 10 10"));
        data.Xml("Annotations/small.xml", ("ant", "1 1 10 10"));
        data.Xml("Annotations/damaged.xml", ("ant", "1 1 10 10"));
        data.Image("JPEGImages/a.png");
        data.Image("JPEGImages/small.png", 10, 10);
        data.Image("JPEGImages/noxml.png");
        data.Text("JPEGImages/damaged.jpg", "no picture");
        data.Text("ImageSets/Main/train.txt", "a\na\nnoxml\nnoimage\nsmall\ndamaged\n../../a\n/etc/passwd\n");
        Dataset dataset = data.Open();
        Assert.Equal(
            [
                FindingKind.DuplicateId,
                FindingKind.UnreadableLabel,
                FindingKind.MissingImage,
                FindingKind.SizeMismatch,
                FindingKind.UndecodableImage,
                FindingKind.NameOutsideFolder,
                FindingKind.NameOutsideFolder,
            ],
            dataset.Findings.Select(finding => finding.Kind)
        );
        Assert.All(
            dataset.Findings,
            finding => Assert.EndsWith("left out.", finding.Message, StringComparison.Ordinal)
        );
        Assert.Equal("a.png", Assert.Single(dataset.Images).FileName);
    }

    [Fact]
    public void Annotations_without_objects_name_no_classes()
    {
        data.Xml("a.xml");
        data.Image("a.png");
        DataException error = Assert.Throws<DataException>(() => data.Open());
        Assert.Equal($"{data.Root}: no annotation holds an object; expected at least one.", error.Message);
    }

    [Fact]
    public void Real_annotations_with_boxes_without_area_lose_these_alone()
    {
        foreach (string name in (string[])["BloodImage_00338", "BloodImage_00343"])
        {
            Copy(SharedData.Folder("bad_input", "bccd_voc_xml", name + ".xml"), name + ".xml");
            data.Image(name + ".png", 640, 480);
        }
        Dataset dataset = data.Open();
        Assert.Equal([FindingKind.ZeroAreaBox, FindingKind.ZeroAreaBox], dataset.Findings.Select(found => found.Kind));
        Assert.Equal([13, 11], dataset.Images.Select(image => image.Boxes.Count));
        Assert.Equal(["Platelets", "RBC", "WBC"], dataset.Classes.Select(name => name.Name));
    }

    [Fact]
    public void Real_annotations_with_boxes_said_twice_keep_one_of_each()
    {
        foreach (string name in (string[])["crazing_120", "inclusion_62", "patches_198"])
        {
            Copy(SharedData.Folder("bad_input", "neu_duplicate_boxes_xml", name + ".xml"), name + ".xml");
            data.Image(name + ".png", 200, 200);
        }
        Dataset dataset = data.Open();
        Assert.Equal(3, dataset.Findings.Count(finding => finding.Kind == FindingKind.DuplicateBox));
        Assert.Equal([4, 7, 4], dataset.Images.Select(image => image.Boxes.Count));
    }

    [Fact]
    public void Real_images_of_another_size_than_their_annotations_are_all_left_out()
    {
        string folder = SharedData.Folder("bad_input", "voc_size_mismatch");
        DataException error = Assert.Throws<DataException>(() => DatasetReader.Open(folder, "train"));
        Assert.Contains(
            "has no image that can be used; expected at least one, and the first of 3 findings is",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "crazing_1.jpg: the image is 416 x 416, but its annotation says 200 x 200",
            error.Message,
            StringComparison.Ordinal
        );
    }

    private void Copy(string from, string name) => File.Copy(from, data.Path(name));

    private void WriteGood()
    {
        data.Text("good.xml", $"<annotation>{Object}</annotation>");
        data.Image("good.png");
    }
}
