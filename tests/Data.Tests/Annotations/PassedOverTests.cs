using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

/// <summary>What lies in a data set's folder and is not read, or is read in place of what is named.</summary>
public sealed class PassedOverTests : IDisposable
{
    private const string Labels = "0 0.5 0.5 0.2 0.4\n";

    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Theory]
    [InlineData(
        "path: /content/set\ntrain: images/train",
        "data.yaml: train: 'images/train' is not in the path '/content/set';"
    )]
    [InlineData("path: other\ntrain: images/train", "data.yaml: train: 'images/train' is not in the path 'other';")]
    [InlineData("train: pictures/train", "pictures/train' does not exist;")]
    [InlineData("path: other\ntrain: pictures", "other/pictures' does not exist;")]
    [InlineData("train: images/train\ntest: images/test", "'images/test' does not exist; there is no split test")]
    public void A_place_that_a_data_file_names_and_that_is_not_there_is_told(string places, string expected)
    {
        WritePair("images/train/a.png", "labels/train/a.txt", Labels);
        data.Text("data.yaml", $"{places}\nnames: [ant]\n");
        Dataset dataset = data.Open();
        Assert.Equal(data.Path("images/train/a.png"), Assert.Single(dataset.Images).Path);
        Finding finding = Assert.Single(dataset.Findings);
        Assert.Equal(FindingKind.OtherPlace, finding.Kind);
        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("images", "YOLO: data.yaml, from its path ROOT/images")]
    [InlineData("gone", "YOLO: data.yaml")]
    [InlineData(".", "YOLO: data.yaml")]
    public void The_path_of_a_data_file_is_told_where_it_decides(string path, string expected)
    {
        WritePair("images/train/a.png", "labels/train/a.txt", Labels);
        data.Text("data.yaml", $"path: {path}\ntrain: train\nnames: [ant]\n");
        Assert.Equal(expected.Replace("ROOT", data.Root, StringComparison.Ordinal), DatasetReader.Describe(data.Root));
    }

    [Theory]
    [InlineData("path: .\ntrain: images/train")]
    [InlineData("path: ../set\ntrain: images/train")]
    [InlineData("path: images\ntrain: train")]
    [InlineData("train: ../images/train")]
    public void A_place_that_is_there_is_nothing_to_tell(string places)
    {
        WritePair("set/images/train/a.png", "set/labels/train/a.txt", Labels);
        data.Text("set/data.yaml", $"{places}\nnames: [ant]\n");
        Assert.Empty(DatasetReader.Open(data.Path("set"), "train").Findings);
    }

    [Theory]
    [InlineData("ImageSets/Main/train.txt", "ImageSets/Main/val.txt")]
    [InlineData("ImageSets/train.txt", "ImageSets/val.txt")]
    [InlineData("train.txt", "val.txt")]
    public void Lists_of_Pascal_VOC_lie_in_several_places(string train, string val)
    {
        WriteVoc("a");
        WriteVoc("b");
        data.Text(train, "a\n");
        data.Text(val, "b.png\n");
        Assert.Equal(["train", "val"], DatasetReader.Splits(data.Root));
        Assert.Equal("a.png", Assert.Single(data.Open("train").Images).FileName);
        Dataset dataset = data.Open("val");
        Assert.Equal("b.png", Assert.Single(dataset.Images).FileName);
        Assert.Empty(dataset.Findings);
    }

    [Theory]
    [InlineData("ImageSets/Layout/train.txt", "ImageSets/Layout")]
    [InlineData("train.txt", "train.txt")]
    public void Lists_that_are_not_read_are_told(string list, string place)
    {
        WriteVoc("a");
        data.Text(list, "something else\n");
        Dataset dataset = data.Open();
        Assert.Single(dataset.Images);
        Finding finding = Assert.Single(dataset.Findings);
        Assert.Equal((FindingKind.PassedOver, data.Path(place)), (finding.Kind, finding.Place));
    }

    [Fact]
    public void Labelme_has_lists_too()
    {
        data.Image("images/a.png");
        data.Image("images/b.png");
        data.Text("annotations/a.json", Labelme);
        data.Text("annotations/b.json", Labelme);
        data.Text("ImageSets/Main/train.txt", "a\n");
        data.Text("ImageSets/Main/val.txt", "b\n");
        Assert.StartsWith("labelme: ", DatasetReader.Describe(data.Root), StringComparison.Ordinal);
        Assert.Equal("a.png", Assert.Single(data.Open().Images).FileName);
    }

    [Fact]
    public void A_dev_split_is_val()
    {
        WriteVoc("train/a", apart: false);
        WriteVoc("dev/b", apart: false);
        Assert.Equal(["train", "val"], DatasetReader.Splits(data.Root));
        Assert.Equal("b.png", Assert.Single(data.Open("val").Images).FileName);
    }

    [Fact]
    public void Two_folders_of_a_split_are_two_splits_and_told()
    {
        WriteVoc("train/a", apart: false);
        WriteVoc("val/b", apart: false);
        WriteVoc("valid/c", apart: false);
        Assert.Equal(["train", "val", "valid"], DatasetReader.Splits(data.Root));
        Assert.Equal("b.png", Assert.Single(data.Open("val").Images).FileName);
        Assert.Equal("c.png", Assert.Single(data.Open("valid").Images).FileName);
        Finding finding = Assert.Single(data.Open("train").Findings);
        Assert.Equal(FindingKind.PassedOver, finding.Kind);
        Assert.Contains(
            "the split valid lies beside val, which alone is taken",
            finding.Message,
            StringComparison.Ordinal
        );
        Assert.Empty(data.Open("val").Findings);
    }

    [Theory]
    [InlineData("extra/c.png")]
    [InlineData("images/extra/c.png")]
    [InlineData("test2017/c.png")]
    public void A_folder_of_pictures_that_no_split_has_is_told(string picture)
    {
        WritePair("images/train/a.png", "labels/train/a.txt", Labels);
        WritePair("images/val/b.png", "labels/val/b.txt", Labels);
        data.Text("data.yaml", "train: images/train\nval: images/val\nnames: [ant]\n");
        Assert.Empty(data.Open("train").Findings);
        data.Image(picture);
        Finding finding = Assert.Single(data.Open("train").Findings);
        Assert.Equal(
            (FindingKind.PassedOver, data.Path(Path.GetDirectoryName(picture)!)),
            (finding.Kind, finding.Place)
        );
        Assert.Empty(data.Open("val").Findings);
    }

    [Theory]
    [InlineData("a.xml", "Pascal VOC: .")]
    [InlineData("a.json", "labelme: .")]
    [InlineData("a.txt", "YOLO: .")]
    [InlineData("_annotations.csv", "CSV: _annotations.csv")]
    public void Another_format_beside_COCO_is_told(string file, string what)
    {
        data.Text("result.json", Coco("a.png"));
        data.Image("a.png");
        data.Text("classes.txt", "ant\n");
        data.Text(file, Path.GetExtension(file) == ".json" ? Labelme : Labels);
        Dataset dataset = data.Open();
        Assert.Single(dataset.Images);
        Finding finding = Assert.Single(dataset.Findings);
        Assert.Equal(FindingKind.PassedOver, finding.Kind);
        Assert.Contains(
            $"another data set too, {what}; COCO: result.json is read",
            finding.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_picture_that_nothing_names_is_told_in_every_format()
    {
        data.Text("coco/result.json", Coco("a.png"));
        data.Image("coco/images/a.png");
        data.Text("csv/annotations.csv", "filename,class,xmin,ymin,xmax,ymax\na.png,ant,1,2,30,40\n");
        data.Image("csv/images/a.png");
        data.Xml("voc/Annotations/a.xml", ("ant", "1 1 10 10"));
        data.Image("voc/images/a.png");
        data.Text("labelme/json/a.json", Labelme);
        data.Image("labelme/images/a.png");
        data.Image("yolo/images/a.png");
        data.Text("yolo/labels/a.txt", Labels);
        data.Text("yolo/train.txt", "images/a.png\n");
        data.Text("yolo/data.yaml", "train: train.txt\nnames: [ant]\n");
        Assert.All(
            (string[])["coco", "csv", "voc", "labelme", "yolo"],
            layout =>
            {
                string root = data.Path(layout);
                Assert.Empty(DatasetReader.Open(root, "train").Findings);
                foreach (int i in Enumerable.Range(1, 5))
                {
                    data.Image($"{layout}/images/more{i}.png");
                }
                Dataset dataset = DatasetReader.Open(root, "train");
                Assert.Single(dataset.Images);
                Assert.All(dataset.Findings, finding => Assert.Equal(FindingKind.Unannotated, finding.Kind));
                Assert.Equal((3, 5), (dataset.Findings.Count, dataset.Findings.Sum(finding => finding.Count)));
                Assert.Equal(data.Path($"{layout}/images/more1.png"), dataset.Findings[0].Place);
            }
        );
        Assert.Equal(5, DatasetReader.Open(data.Path("coco/result.json"), "train").Findings.Sum(found => found.Count));
    }

    [Fact]
    public void Pictures_of_other_splits_and_pictures_that_were_left_out_are_named()
    {
        data.Text("annotations/instances_train.json", Coco("a.png"));
        data.Text("annotations/instances_val.json", Coco("b.png", "broken.png"));
        data.Image("images/a.png");
        data.Image("images/b.png");
        data.Text("images/broken.png", "no picture");
        Assert.Empty(data.Open("train").Findings);
        FindingKind[] ofVal = [FindingKind.UndecodableImage, FindingKind.UnknownImage];
        Assert.Equal(ofVal, data.Open("val").Findings.Select(finding => finding.Kind));
        data.Image("images/c.png");
        Assert.Equal(data.Path("images/c.png"), Assert.Single(data.Open("train").Findings).Place);
        Assert.Equal(ofVal, data.Open("val").Findings.Select(finding => finding.Kind));
    }

    [Fact]
    public void An_image_of_two_splits_is_one_finding_each()
    {
        data.Text("annotations/instances_train.json", Coco("a.png", "c.png"));
        data.Text("annotations/instances_val.json", Coco("b.png", "c.png"));
        data.Image("images/a.png");
        data.Image("images/b.png");
        data.Image("images/c.png");
        Finding finding = Assert.Single(TrainingCheck.Shared(data.Open("val"), data.Open("train")));
        Assert.Equal((FindingKind.SharedImage, data.Path("images/c.png")), (finding.Kind, finding.Place));
    }

    [Fact]
    public void The_only_data_set_in_a_folder_is_read_and_of_several_the_names_are_told()
    {
        WriteVoc("a", root: "VOCdevkit/VOC2007/");
        Assert.Equal("in VOCdevkit: in VOC2007: Pascal VOC: Annotations", DatasetReader.Describe(data.Root));
        Assert.Single(data.Open().Images);
        WriteVoc("a", root: "VOCdevkit/VOC2012/");
        string text = Assert.Throws<DataException>(() => data.Open()).Message;
        Assert.Contains(
            "VOCdevkit: it holds several data sets: VOC2007, VOC2012; expected the path of one",
            text,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("train2017")]
    [InlineData("train")]
    public void A_split_may_be_asked_for_with_its_year(string name)
    {
        data.Text("annotations/instances_train2017.json", Coco("a.png"));
        data.Image("train2017/a.png");
        Assert.Single(DatasetReader.Open(new DatasetSource(data.Root, Train: name), "train").Images);
        DataException refusal = Assert.Throws<DataException>(() =>
            DatasetReader.Open(new DatasetSource(data.Root, Train: "train2014"), "train")
        );
        Assert.Contains("--train train2014: there is no such split", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Holding_out_everything_is_refused_by_the_options_name()
    {
        WriteVoc("a");
        DataException refusal = Assert.Throws<DataException>(() =>
            DatasetReader.Open(new DatasetSource(data.Root, HoldOut: 0.5), "train")
        );
        Assert.Contains(
            "--hold-out: 50 % of 1 images leaves none to train on",
            refusal.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Images_over_the_limit_of_pixels_are_left_out()
    {
        WriteVoc("a");
        WriteVoc("b");
        data.Image("JPEGImages/b.png", 100, 50);
        DatasetSource source = new(data.Root) { MaxPixels = 5_000 };
        Assert.Empty(DatasetReader.Open(source, "train").Findings);
        DataException refusal = Assert.Throws<DataException>(() =>
            DatasetReader.Open(source with { MaxPixels = 4_999 }, "train")
        );
        Assert.Contains(
            "100 x 50 pixels, more than the limit of 4999 pixels (data.maxPixels)",
            refusal.Message,
            StringComparison.Ordinal
        );
    }

    private const string Labelme =
        """{"shapes":[{"label":"ant","points":[[1,2],[30,40]],"shape_type":"rectangle"}],"imagePath":"a.png"}""";

    private static string Coco(params string[] names)
    {
        IEnumerable<string> images = names.Select(
            (name, i) => $$"""{"id":{{i}},"file_name":"{{name}}","width":100,"height":50}"""
        );
        IEnumerable<string> boxes = names.Select(
            (_, i) => $$"""{"id":{{i + 1}},"image_id":{{i}},"category_id":1,"bbox":[1,1,5,5]}"""
        );
        return $$"""
            {"images":[{{string.Join(',', images)}}],"categories":[{"id":1,"name":"ant"}],"annotations":[{{string.Join(
                ',',
                boxes
            )}}]}
            """;
    }

    private void WritePair(string image, string labels, string text)
    {
        data.Image(image);
        data.Text(labels, text);
    }

    private void WriteVoc(string name, bool apart = true, string root = "")
    {
        data.Image($"{root}{(apart ? "JPEGImages/" : "")}{name}.png");
        data.Xml($"{root}{(apart ? "Annotations/" : "")}{name}.xml", ("ant", "1 1 10 10"));
    }
}
