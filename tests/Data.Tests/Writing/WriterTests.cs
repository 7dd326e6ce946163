using Xunit;

namespace DynamicRcnn.Data.Tests.Writing;

/// <summary>What is written is what the readers read.</summary>
public sealed class WriterTests : IDisposable
{
    private static readonly string[] Names = ["red cell", "007", "yes", "a: b, \"c\" # d", "ü'}", "- null"];
    private static readonly ImageSize Size = new(321, 77);

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-written-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Boxes_of_YOLO_come_back_to_the_bit()
    {
        LabelledBox[] boxes = [.. Drawn(500)];
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        Directory.CreateDirectory(Path.Combine(folder, "labels"));
        Picture(Path.Combine(folder, "images", "a.png"));
        File.WriteAllText(Path.Combine(folder, "labels", "a.txt"), YoloWriter.Labels(boxes, Size));
        File.WriteAllText(Path.Combine(folder, "data.yaml"), YoloWriter.DataFile(Names, ("train", "images")));
        RequireSame(boxes, DatasetReader.Open(folder, "train"));
    }

    [Fact]
    public void Boxes_of_a_table_come_back_to_the_bit()
    {
        LabelledBox[] boxes = [.. Drawn(500)];
        const string name = "odd, \"name\".png";
        Picture(Path.Combine(folder, name));
        File.WriteAllText(
            Path.Combine(folder, "annotations.csv"),
            CsvWriter.Header + CsvWriter.Rows(name, Size, boxes, Names)
        );
        Dataset read = DatasetReader.Open(folder, "train");
        int[] labels = [.. Names.Select(known => read.Classes.Select(other => other.Name).ToList().IndexOf(known))];
        RequireBoxes([.. boxes.Select(box => box with { Label = labels[box.Label] })], read);
    }

    [Fact]
    public void Boxes_of_Pascal_VOC_come_back_in_whole_pixels()
    {
        LabelledBox[] boxes = [.. Drawn(500)];
        IReadOnlyList<VocBox> whole = VocWriter.Whole(boxes, Size);
        Assert.All(whole.Zip(boxes), pair => Assert.InRange(Math.Abs(pair.First.Left - 1 - pair.Second.X1), 0, 1.5f));
        Directory.CreateDirectory(Path.Combine(folder, "Annotations"));
        Directory.CreateDirectory(Path.Combine(folder, "JPEGImages"));
        Picture(Path.Combine(folder, "JPEGImages", "a.png"));
        VocWriter
            .Annotation("JPEGImages", "a.png", Size, whole, Names)
            .Save(Path.Combine(folder, "Annotations", "a.xml"));
        File.WriteAllLines(Path.Combine(folder, "classes.txt"), Names);
        RequireSame(
            [.. whole.Select(box => new LabelledBox(box.Left - 1, box.Top - 1, box.Right, box.Bottom, box.Label, 1))],
            DatasetReader.Open(folder, "train")
        );
    }

    [Theory]
    [InlineData(0.2f, 0.4f, 1, 2)]
    [InlineData(9.6f, 10f, 9, 10)]
    [InlineData(0f, 10f, 1, 10)]
    [InlineData(3.4f, 6.6f, 4, 7)]
    [InlineData(4.5f, 5.4f, 5, 6)]
    public void A_narrow_box_of_Pascal_VOC_has_two_pixels(float from, float to, int first, int last)
    {
        VocBox box = Assert.Single(VocWriter.Whole([new LabelledBox(from, from, to, to, 0, 1)], new ImageSize(10, 10)));
        Assert.Equal((first, first, last, last), (box.Left, box.Top, box.Right, box.Bottom));
        Assert.Empty(VocWriter.Whole([new LabelledBox(0, 0, 1, 5, 0, 1)], new ImageSize(1, 5)));
    }

    [Fact]
    public void What_a_reader_would_complain_of_is_left_out()
    {
        LabelledBox good = new(1, 2, 3, 4, 0, 0.9f);
        LabelledBox[] boxes =
        [
            good,
            good with
            {
                Score = 0.5f,
            },
            good with
            {
                Label = 1,
            },
            good with
            {
                X2 = 1,
            },
            good with
            {
                X1 = float.NaN,
            },
            new(-5, -5, 0, 5, 0, 1),
            new(-5, -5, 500, 500, 0, 1),
        ];
        Assert.Equal(
            [good, good with { Label = 1 }, new LabelledBox(0, 0, Size.Width, Size.Height, 0, 1)],
            LabelledBox.Inside(boxes, Size)
        );
    }

    private static IEnumerable<LabelledBox> Drawn(int count)
    {
        Random random = new(7);
        for (int i = 0; i < count; i++)
        {
            float left = i == 0 ? 0 : random.NextSingle() * (Size.Width - 5);
            float top = i == 0 ? 0 : random.NextSingle() * (Size.Height - 5);
            float right = i < 2 ? Size.Width : left + 3 + (random.NextSingle() * (Size.Width - left - 3));
            float bottom = i < 2 ? Size.Height : top + 3 + (random.NextSingle() * (Size.Height - top - 3));
            yield return new LabelledBox(left, top, right, bottom, i % Names.Length, random.NextSingle());
        }
    }

    private static void Picture(string path) =>
        File.WriteAllBytes(
            path,
            ImageCodec.EncodePng(new RgbImage(Size.Width, Size.Height, new byte[3 * Size.Width * Size.Height]))
        );

    private static void RequireSame(LabelledBox[] written, Dataset read)
    {
        Assert.Equal(Names, read.Classes.Select(name => name.Name));
        RequireBoxes(written, read);
    }

    private static void RequireBoxes(LabelledBox[] written, Dataset read)
    {
        Assert.Empty(read.Findings);
        Assert.Equal(
            written.Select(box => (box.X1, box.Y1, box.X2, box.Y2, box.Label)),
            Assert.Single(read.Images).Boxes.Select(box => (box.X1, box.Y1, box.X2, box.Y2, box.Label))
        );
    }
}
