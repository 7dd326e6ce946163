using DynamicRcnn.Data.Tests.Annotations;
using DynamicRcnn.Data.Tests.Reports;
using Xunit;

namespace DynamicRcnn.Data.Tests.Writing;

/// <summary>Data sets that are written of others: read without a finding, whole or not there, and nothing lost in silence.</summary>
public sealed class DatasetWriterTests : IDisposable
{
    private static readonly DatasetFormat[] formats = Enum.GetValues<DatasetFormat>();

    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    private string Out => data.Path("out");

    [Theory]
    [InlineData("01-roboflow-coco")]
    [InlineData("02-labelstudio-coco/unix")]
    [InlineData("03-cvat-yolo11")]
    [InlineData("04-yolo-polygons")]
    [InlineData("05-exif/coco")]
    [InlineData("06-category-order")]
    [InlineData("07-same-name/names")]
    [InlineData("08-annotation-ids")]
    [InlineData("10-no-bbox/absent")]
    [InlineData("13-voc-gb2312")]
    [InlineData("14-kaggle-voc/ships")]
    [InlineData("15-voc-quirks")]
    [InlineData("30-data-yaml/windows")]
    [InlineData("39-unicode")]
    [InlineData("45-all-crowd")]
    [InlineData("48-bmp")]
    [InlineData("49-jpeg-ends")]
    public void What_public_reports_hold_is_written_in_every_layout_and_read_without_a_finding(string report)
    {
        Dataset[] splits = Splits(Report.Path(report));
        foreach (DatasetFormat format in formats)
        {
            string folder = data.Path($"{format}");
            WrittenDataset written = DatasetWriter.Write(folder, splits, new WritingOptions(format, Link: false));
            Assert.Empty(written.LeftOut);
            Dataset[] read = Splits(folder);
            Assert.All(read, split => Assert.Empty(split.Findings));
            Assert.All(read.SelectMany(split => split.Images), image => Assert.Null(ImageCheck.Decode(image).Problem));
            Assert.All(read, split => Assert.Equal(0, split.TurnedImages));
            Assert.Equal(splits.Select(split => split.Split), read.Select(split => split.Split));
            Assert.Equal(
                splits.SelectMany(split => Quotes(split, format == DatasetFormat.Yolo)).Order(),
                read.SelectMany(split => Quotes(split, withoutCrowds: false)).Order()
            );
        }
    }

    [Theory]
    [InlineData(DatasetFormat.Coco, 0, "difficult objects, which COCO has no mark for")]
    [InlineData(DatasetFormat.Voc, 0, "crowd regions, which Pascal VOC has no mark for")]
    [InlineData(DatasetFormat.Yolo, 2, "left out, which YOLO has no mark for")]
    public void Marks_are_kept_where_there_are_some_and_counted_where_there_are_none(
        object format,
        int lost,
        string note
    )
    {
        data.Image("in/images/train/a.png");
        data.Text(
            "in/annotations/instances_train.json",
            """
            {"images":[{"id":7,"file_name":"a.png","width":100,"height":50}],"categories":[{"id":3,"name":"x"}],"annotations":[
             {"id":1,"image_id":7,"category_id":3,"bbox":[1,2,10,20],"area":99,"iscrowd":1},
             {"id":2,"image_id":7,"category_id":3,"bbox":[20,2,10,20],"area":200,"iscrowd":1,"difficult":1},
             {"id":3,"image_id":7,"category_id":3,"bbox":[40,2,10,20],"area":200,"iscrowd":0,"difficult":1}]}
            """
        );
        Dataset[] splits = Splits(data.Path("in"));
        Assert.Equal([(true, false), (true, true), (false, false)], Marks(splits));
        var options = new WritingOptions((DatasetFormat)format, Link: true);
        WrittenDataset written = DatasetWriter.Write(Out, splits, options);
        Assert.Contains(
            written.Notes,
            text => text.Contains(note, StringComparison.Ordinal) && text.EndsWith(": 1", StringComparison.Ordinal)
        );
        (bool Crowd, bool Difficult)[] marks = [.. Marks(Splits(Out))];
        Assert.Equal(3 - lost, marks.Length);
        Assert.Equal(lost == 0 ? 2 : 0, marks.Count(mark => mark.Crowd));
        Assert.Equal(
            (DatasetFormat)format == DatasetFormat.Voc,
            written.Notes.Any(text => text.StartsWith("areas of objects", StringComparison.Ordinal))
        );
    }

    [Theory]
    [InlineData(DatasetFormat.Coco)]
    [InlineData(DatasetFormat.Voc)]
    [InlineData(DatasetFormat.Yolo)]
    public void An_object_stays_where_a_crowd_before_it_has_its_box(object format)
    {
        data.Image("in/a.png");
        GroundTruthBox crowd = new(1, 2, 11, 22, Label: 0, Crowd: true, Area: 200, AnnotationId: 1);
        GroundTruthBox near = crowd with { X1 = 30.2f, X2 = 40, AnnotationId = 3 };
        GroundTruthBox[] boxes =
        [
            crowd,
            crowd with
            {
                Crowd = false,
                AnnotationId = 2,
            },
            near,
            near with
            {
                Crowd = false,
                X1 = 30.3f,
                AnnotationId = 4,
            }, // the same in whole pixels
        ];
        ImageRecord image = new(1, data.Path("in/a.png"), "a.png", 100, 50, boxes);
        Dataset read = new("in", "train", [new ClassName(1, "x")], [image], []);
        DatasetWriter.Write(Out, [read], new WritingOptions((DatasetFormat)format, Link: false));
        IReadOnlyList<GroundTruthBox> back = DatasetReader.Open(Out, "train").Images[0].Boxes;
        Assert.Equal(2, back.Count(box => !box.Crowd));
        Assert.Equal(format is DatasetFormat.Coco ? 1 : 0, back.Count(box => box.Crowd));
    }

    [Fact]
    public void Odd_names_are_told_apart_and_splits_keep_theirs()
    {
        string[] names = ["a.jpg.png", "b/one.png", "c/one.png", "sp ace.png", "ü.png", "a.png", "x.txt.png"];
        foreach (string split in (string[])["train", "val", "valid", "other"])
        {
            foreach (string name in names)
            {
                data.Image($"in/images/{split}/{name}");
                data.Text($"in/labels/{split}/{Path.ChangeExtension(name, ".txt")}", "0 0.5 0.5 0.5 0.5\n");
            }
        }
        data.Text("in/classes.txt", "thing");
        Dataset[] splits = Splits(data.Path("in"));
        Assert.Equal(["other", "train", "val", "valid"], splits.Select(split => split.Split));
        foreach (DatasetFormat format in formats)
        {
            WrittenDataset written = DatasetWriter.Write(
                data.Path($"{format}"),
                splits,
                new WritingOptions(format, Link: true)
            );
            Dataset[] read = Splits(data.Path($"{format}"));
            Assert.Equal(splits.Select(split => split.Split), read.Select(split => split.Split));
            Assert.All(read, split => Assert.Equal(names.Length, split.Images.Count(image => image.Boxes.Count == 1)));
            Assert.DoesNotContain(
                read.SelectMany(split => split.Findings),
                finding => !finding.Message.Contains("which alone is taken", StringComparison.Ordinal)
            );
            Assert.Contains(
                written.Notes,
                note => note.StartsWith("pictures with another name", StringComparison.Ordinal)
            );
        }
    }

    [Fact]
    public void Classes_go_by_their_names()
    {
        foreach (
            (string split, string categories) in new[]
            {
                ("train", """{"id":5,"name":"b"},{"id":9,"name":"a"}"""),
                ("val", """{"id":1,"name":"a"},{"id":5,"name":"c"}"""),
            }
        )
        {
            data.Image($"in/images/{split}/{split}.png");
            data.Text(
                $"in/annotations/instances_{split}.json",
                $$"""{"images":[{"id":1,"file_name":"{{split}}.png"}],"categories":[{{categories}}],"annotations":[{"id":1,"image_id":1,"category_id":5,"bbox":[1,2,3,4]}]}"""
            );
        }
        foreach (DatasetFormat format in formats)
        {
            DatasetWriter.Write(
                data.Path($"{format}"),
                Splits(data.Path("in")),
                new WritingOptions(format, Link: true)
            );
            Dataset[] read = Splits(data.Path($"{format}"));
            Assert.All(read, split => Assert.Equal(["b", "a", "c"], split.Classes.Select(known => known.Name)));
            Assert.Equal(["b", "c"], read.Select(split => split.Classes[split.Images[0].Boxes[0].Label].Name));
        }
    }

    [Fact]
    public void What_cannot_be_decoded_is_left_out_and_named()
    {
        Plain();
        byte[] whole = File.ReadAllBytes(data.Path("in/a.png"));
        File.WriteAllBytes(data.Path("in/b.png"), whole[..^20]);
        WrittenDataset written = DatasetWriter.Write(Out, Splits(data.Path("in")), new(DatasetFormat.Voc, Link: false));
        Assert.Equal(data.Path("in/b.png"), Assert.Single(written.LeftOut).File);
        Assert.Equal("a.png", Assert.Single(Splits(Out)[0].Images).FileName);
        Assert.Equal(DatasetLayout.Whole, written.Splits[0].Split);
    }

    [Fact]
    public void Nothing_is_mixed_with_what_is_there_and_nothing_half_is_left()
    {
        Plain();
        Dataset[] splits = Splits(data.Path("in"));
        WritingOptions options = new(DatasetFormat.Yolo, Link: false);
        data.Text("out/mine.txt", "");
        string refusal = Assert.Throws<DataException>(() => DatasetWriter.Write(Out, splits, options)).Message;
        Assert.Contains("mine.txt", refusal, StringComparison.Ordinal);
        Assert.Contains(
            "there is a file",
            Assert.Throws<DataException>(() => DatasetWriter.Write(data.Path("in/a.png"), splits, options)).Message,
            StringComparison.Ordinal
        );
        string free = data.Path("free");
        Assert.Throws<OperationCanceledException>(() =>
            DatasetWriter.Write(data.Path("new/inner/free"), splits, options, new CancellationToken(canceled: true))
        );
        Dataset twice = splits[0] with { Classes = [new(1, "x"), new(2, "x")] };
        Assert.Contains(
            "two classes are called 'x'",
            Assert.Throws<DataException>(() => DatasetWriter.Write(free, [twice], options)).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(["in", "out"], Directory.GetFileSystemEntries(data.Root).Select(Path.GetFileName).Order());
        Assert.Equal(["mine.txt"], Directory.GetFileSystemEntries(Out).Select(Path.GetFileName));
        Directory.CreateDirectory(free);
        DatasetWriter.Write(free, splits, options);
        Assert.Equal(2, Splits(free)[0].Images.Count);
    }

    private void Plain()
    {
        foreach (string name in (string[])["a", "b"])
        {
            data.Image($"in/{name}.png");
            data.Xml($"in/{name}.xml", ("thing", "2 3 40 41"));
        }
    }

    private static Dataset[] Splits(string folder)
    {
        IReadOnlyList<string> names = DatasetReader.Splits(folder);
        return
        [
            .. (names.Count > 0 ? names : [DatasetLayout.Whole]).Select(name =>
                DatasetReader.Open(folder, name) with
                {
                    Split = name,
                }
            ),
        ];
    }

    private static IEnumerable<(bool Crowd, bool Difficult)> Marks(IEnumerable<Dataset> splits) =>
        splits
            .SelectMany(split => split.Images)
            .SelectMany(image => image.Boxes)
            .Select(box => (box.Crowd, box.Difficult));

    /// <summary>Each box with its class, the picture's size and whether it is left out of training.</summary>
    private static IEnumerable<string> Quotes(Dataset split, bool withoutCrowds) =>
        split.Images.SelectMany(image =>
            image
                .Boxes.Where(box => !(withoutCrowds && box.Crowd))
                .Select(box =>
                    FormattableString.Invariant(
                        $"{split.Split} {image.Width} {image.Height} {split.Classes[box.Label].Name} {box.X1:0} {box.Y1:0} {box.X2:0} {box.Y2:0} {box.Crowd}"
                    )
                )
        );
}
