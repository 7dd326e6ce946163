using DynamicRcnn.Data.Tests.Annotations;
using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Data.Tests.Reports;

/// <summary>What each situation of the public reports holds.</summary>
public sealed class ReportTests
{
    private static readonly string[][] shapes =
    [
        ["red 10 8 34 28", "green 50 30 80 54"],
        ["red 40 12 60 42"],
        ["green 5 30 31 56", "red 60 6 82 28"],
        ["green 30 20 66 48"],
    ];

    [Theory]
    [InlineData("01-roboflow-coco", "train", 2, 3)]
    [InlineData("01-roboflow-coco", "val", 2, 3)]
    [InlineData("02-labelstudio-coco/unix", "train", 4, 6)]
    [InlineData("02-labelstudio-coco/unix/result.json", "train", 4, 6)]
    [InlineData("03-cvat-yolo11", "train", 4, 6)]
    [InlineData("03-cvat-yolo11/obj.data", "train", 4, 6)]
    [InlineData("03-cvat-yolo11/ultralytics", "train", 4, 6)]
    [InlineData("04-yolo-polygons", "train", 2, 3)]
    [InlineData("04-yolo-polygons", "val", 2, 3)]
    [InlineData("06-category-order", "val", 2, 3)]
    [InlineData("06-category-order/subset", "val", 2, 1)]
    [InlineData("07-same-name/names", "train", 4, 6)]
    [InlineData("08-annotation-ids", "train", 4, 6)]
    [InlineData("09-no-size/missing", "train", 4, 6)]
    [InlineData("09-no-size/minus", "train", 4, 6)]
    [InlineData("10-no-bbox/absent", "train", 4, 6)]
    [InlineData("11-field-types/bool", "train", 4, 6)]
    [InlineData("13-voc-gb2312", "train", 4, 6)]
    [InlineData("14-kaggle-voc", "train", 4, 6)]
    [InlineData("14-kaggle-voc/ships", "train", 2, 3)]
    [InlineData("14-kaggle-voc/ships", "val", 2, 3)]
    [InlineData("15-voc-quirks", "train", 4, 6)]
    [InlineData("20-hidden-files", "train", 2, 3)]
    [InlineData("20-hidden-files", "val", 2, 3)]
    [InlineData("21-coco-paths/coco2017", "train", 2, 3)]
    [InlineData("21-coco-paths/coco2017", "val", 2, 3)]
    [InlineData("21-coco-paths/relative", "train", 2, 3)]
    [InlineData("21-coco-paths/relative", "val", 2, 3)]
    [InlineData("21-coco-paths/cvat", "train", 2, 3)]
    [InlineData("21-coco-paths/cvat", "val", 2, 3)]
    [InlineData("28-id0-eval/truth.json", "train", 4, 6)]
    [InlineData("30-data-yaml/colab", "train", 2, 3)]
    [InlineData("30-data-yaml/windows", "val", 2, 3)]
    [InlineData("30-data-yaml/list", "val", 2, 3)]
    [InlineData("32-yolo-numbers", "train", 6, 9)]
    [InlineData("39-unicode", "train", 3, 5)]
    [InlineData("44-empty-val", "val", 2, 0)]
    [InlineData("45-all-crowd", "train", 4, 0)]
    [InlineData("47-resume-elsewhere/a/data", "train", 2, 3)]
    [InlineData("48-bmp", "train", 3, 5)]
    public void Every_image_and_box_is_read(string name, string split, int images, int boxes)
    {
        Dataset dataset = Report.Open(name, split);
        Assert.Equal((images, boxes), (dataset.Images.Count, Report.Boxes(dataset)));
        Assert.All(dataset.Images, image => Assert.Equal((96, 64), (image.Width, image.Height)));
        Assert.DoesNotContain(
            dataset.Findings,
            finding => finding.Kind.IsLoss() && finding.Kind != FindingKind.DuplicateId
        );
    }

    [Theory]
    [InlineData("02-labelstudio-coco/unix")]
    [InlineData("03-cvat-yolo11")]
    [InlineData("08-annotation-ids")]
    [InlineData("10-no-bbox/absent")]
    [InlineData("11-field-types/bool")]
    [InlineData("14-kaggle-voc")]
    public void The_boxes_are_where_the_shapes_are(string name)
    {
        Dataset dataset = Report.Open(name);
        Assert.Equal(shapes, dataset.Images.Select(image => Report.Quotes(dataset, image).ToArray()));
    }

    [Theory]
    [InlineData("01-roboflow-coco", FindingKind.RenumberedId, 1)]
    [InlineData("04-yolo-polygons", FindingKind.BoxFromPolygon, 2)]
    [InlineData("07-same-name/names", FindingKind.SharedFile, 1)]
    [InlineData("08-annotation-ids", FindingKind.DuplicateId, 4)]
    [InlineData("09-no-size/missing", FindingKind.SizeFromHeader, 3)]
    [InlineData("09-no-size/minus", FindingKind.SizeFromHeader, 3)]
    [InlineData("10-no-bbox/absent", FindingKind.BoxFromPolygon, 1)]
    [InlineData("32-yolo-numbers", FindingKind.ExtraColumns, 5)]
    public void What_was_changed_or_guessed_is_one_kind_of_finding_with_its_count(
        string name,
        FindingKind kind,
        int count
    )
    {
        Dataset dataset = Report.Open(name);
        Assert.Equal([kind], dataset.Findings.Select(finding => finding.Kind).Distinct());
        Assert.Equal(count, dataset.Findings.Sum(finding => finding.Count));
    }

    [Theory]
    [InlineData("02-labelstudio-coco/unix", FindingKind.RenumberedId)]
    [InlineData("11-field-types/bool", null)]
    [InlineData("13-voc-gb2312", null)]
    [InlineData("14-kaggle-voc", null)]
    [InlineData("15-voc-quirks", null)]
    [InlineData("20-hidden-files", null)]
    [InlineData("21-coco-paths/coco2017", null)]
    [InlineData("39-unicode", null)]
    public void Nothing_else_is_found(string name, FindingKind? kind) =>
        Assert.All(Report.Open(name).Findings, finding => Assert.Equal(kind, finding.Kind));

    [Fact]
    public void Polygons_and_oriented_boxes_give_the_rectangles_around_them()
    {
        Dataset train = Report.Open("04-yolo-polygons");
        Assert.Equal(["red 10 8 34 28", "green 50 30 80 54"], Report.Quotes(train, train.Images[0]));
        Assert.Equal(["red 40 12 60 42"], Report.Quotes(train, train.Images[1]));
        Dataset val = Report.Open("04-yolo-polygons", "val");
        Assert.Equal(["green 5 30 31 56", "red 60 6 82 28"], Report.Quotes(val, val.Images[0]));
    }

    [Fact]
    public void Numbers_of_NumPy_and_columns_behind_the_box_lose_no_box() =>
        Assert.Equal([2, 1, 2, 1, 2, 1], Report.Open("32-yolo-numbers").Images.Select(image => image.Boxes.Count));

    [Fact]
    public void Names_in_another_encoding_are_read() =>
        Assert.Equal(["红", "绿"], Report.Open("13-voc-gb2312").Classes.Select(name => name.Name));

    [Fact]
    public void Difficult_objects_are_counted_apart_from_crowds()
    {
        GroundTruthBox[] boxes = [.. Report.Open("15-voc-quirks").Images.SelectMany(image => image.Boxes)];
        Assert.Equal(2, boxes.Count(box => box.Difficult));
        Assert.Contains(boxes, box => box.X1 > 29 && box.X1 < 30);
    }

    [Fact]
    public void Pictures_beside_a_file_come_before_those_of_another_split()
    {
        string file = Report.Path("21-coco-paths/siblings/test/_annotations.coco.json");
        ImageRecord image = DatasetReader.Open(file, "val").Images[0];
        Assert.Equal(Path.Combine(Path.GetDirectoryName(file)!, "frame_0.png"), image.Path);
        RgbImage picture = ImageCodec.ReadFile(image.Path);
        Assert.Equal([90, 100, 110], picture.Pixels.AsSpan(((15 * picture.Width) + 20) * 3, 3).ToArray());
    }

    [Theory]
    [InlineData("12-nan", "annotations[4].area is NaN")]
    public void Numbers_that_are_none_are_named_with_their_place(string name, string expected)
    {
        DataException refusal = Assert.Throws<DataException>(() => Report.Open(name));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>The colours are those of Pillow's convert("RGB") at (20, 20).</summary>
    [Theory]
    [InlineData("rgb.png", 220, 40, 30)]
    [InlineData("rgb16.png", 220, 40, 30)]
    [InlineData("rgba.png", 220, 40, 30)]
    [InlineData("palette.png", 220, 40, 30)]
    [InlineData("grey8.png", 96, 96, 96)]
    [InlineData("grey16.png", 97, 97, 97)] // the high byte; Pillow cuts off at 255
    [InlineData("grey.jpg", 97, 97, 97)]
    [InlineData("adobergb.jpg", 220, 40, 30)]
    [InlineData("cmyk.jpg", 220, 40, 30)]
    [InlineData("ycck.jpg", 220, 39, 28)]
    [InlineData("webp.jpg", 90, 100, 110)]
    public void Pictures_of_every_kind_are_read(string name, int red, int green, int blue)
    {
        RgbColor color = ImageCodec.ReadFile(Report.Path($"24-pictures/images/train/{name}"))[20, 20];
        Assert.InRange(color.Red - red, -3, 3);
        Assert.InRange(color.Green - green, -3, 3);
        Assert.InRange(color.Blue - blue, -3, 3);
    }

    [Fact]
    public void Pictures_of_every_kind_are_within_three_levels_of_Pillows()
    {
        string[] names = [.. Directory.GetFiles(Report.Path("24-pictures/images/train")).Order(StringComparer.Ordinal)];
        string folder = Directory.CreateTempSubdirectory("drcnn-kinds-").FullName;
        try
        {
            foreach (string name in names.Where(name => Path.GetFileName(name) != "page.jpg"))
            {
                string own = Path.Combine(folder, Path.GetFileName(name));
                File.Copy(name, own);
                File.WriteAllBytes(own + ".rgb", ImageCodec.ReadFile(name).Pixels);
            }
            string output = Python.RunText(
                folder,
                """
                import glob
                from PIL import Image
                for name in sorted(glob.glob("*.rgb")):
                    image = Image.open(name[:-4])
                    if image.mode == "I":  # which convert cuts off at 255
                        image = image.point(lambda level: level / 256).convert("L")
                    ours = open(name, "rb").read()
                    theirs = image.convert("RGB").tobytes()
                    print(name, len(ours) == len(theirs) and max(abs(a - b) for a, b in zip(ours, theirs)) <= 3)
                """,
                "PIL"
            );
            string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(names.Length - 1, lines.Length);
            Assert.All(lines, line => Assert.EndsWith(" True", line, StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_page_that_is_called_like_a_picture_is_left_out_in_one_sentence()
    {
        Dataset dataset = Report.Open("24-pictures");
        Assert.Equal(11, dataset.Images.Count);
        Finding finding = Assert.Single(dataset.Findings);
        Assert.Equal(FindingKind.UndecodableImage, finding.Kind);
        Assert.Contains("page.jpg: this is none of JPEG, PNG", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bitmaps_among_other_pictures_are_read_and_what_is_none_is_named()
    {
        string source = Report.Path("48-bmp");
        Assert.Empty(Report.Open("48-bmp").Findings);
        using SmallData copy = new();
        foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            string own = copy.Path(Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(own)!);
            File.Copy(file, own);
        }
        copy.Text("images/notes.docx", "no picture");
        copy.Text("images/.hidden.docx", "no picture");
        Dataset dataset = copy.Open();
        Assert.Equal((3, 5), (dataset.Images.Count, Report.Boxes(dataset)));
        Assert.All(dataset.Images, image => Assert.Null(image.Mismatch(ImageCodec.ReadFile(image.Path))));
        Finding finding = Assert.Single(dataset.Findings);
        Assert.Equal((FindingKind.NoPicture, copy.Path("images/notes.docx")), (finding.Kind, finding.File));
    }

    [Theory]
    [InlineData("whole.jpg", null)]
    [InlineData("no-eoi.jpg", "lacks its end marker")]
    [InlineData("trailer.jpg", "follow the JPEG's end marker")]
    public void JPEGs_with_odd_ends_are_read_and_said(string name, string? oddity)
    {
        string folder = Report.Path("49-jpeg-ends/images/train");
        RgbImage image = ImageCodec.ReadFile(Path.Combine(folder, name));
        Assert.Equal((96, 64), (image.Width, image.Height));
        if (oddity is null)
        {
            Assert.Null(JpegEnd.Oddity(Path.Combine(folder, name)));
        }
        else
        {
            Assert.Contains(oddity, JpegEnd.Oddity(Path.Combine(folder, name)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Crowds_alone_are_nothing_to_learn()
    {
        Dataset dataset = Report.Open("45-all-crowd");
        DataException refusal = Assert.Throws<DataException>(() => TrainingCheck.Require(dataset));
        Assert.Contains("0 boxes and 6 crowd regions", refusal.Message, StringComparison.Ordinal);
        TrainingCheck.Require(Report.Open("44-empty-val"));
    }
}
