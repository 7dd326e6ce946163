using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

public sealed class YoloReaderTests : IDisposable
{
    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Fact]
    public void Shares_of_the_sides_become_corners_in_pixels()
    {
        WriteSplit("images/train", "labels/train", "1 0.5 0.5 0.2 0.4\n0 0.25 0.5 0.5 1\n");
        data.Text("data.yaml", "names: [ant, bee]\n");
        Dataset dataset = data.Open();
        Assert.Empty(dataset.Findings);
        Assert.Equal([new ClassName(0, "ant"), new ClassName(1, "bee")], dataset.Classes);
        ImageRecord image = Assert.Single(dataset.Images);
        Assert.Equal((100, 50), (image.Width, image.Height));
        (float, float, float, float, int, double)[] expected = [(40, 15, 60, 35, 1, 400), (0, 0, 50, 50, 0, 2500)];
        Assert.Equal(
            expected,
            image.Boxes.Select(box =>
                (
                    MathF.Round(box.X1, 3),
                    MathF.Round(box.Y1, 3),
                    MathF.Round(box.X2, 3),
                    MathF.Round(box.Y2, 3),
                    box.Label,
                    Math.Round(box.Area, 3)
                )
            )
        );
    }

    [Theory]
    [InlineData("images/train", "labels/train", "images/val", "labels/val")]
    [InlineData("train/images", "train/labels", "valid/images", "valid/labels")]
    public void Both_usual_orders_of_folders_are_recognised(
        string images,
        string labels,
        string valImages,
        string valLabels
    )
    {
        WriteSplit(images, labels, "0 0.5 0.5 0.2 0.4\n");
        WriteSplit(valImages, valLabels, "1 0.5 0.5 0.2 0.4\n");
        data.Text("classes.txt", "ant\nbee\n");
        Assert.Equal(["train", "val"], DatasetReader.Splits(data.Root));
        Assert.Equal(0, Assert.Single(Assert.Single(data.Open("train").Images).Boxes).Label);
        Assert.Equal(1, Assert.Single(Assert.Single(data.Open("val").Images).Boxes).Label);
    }

    [Fact]
    public void Images_and_labels_without_splits_are_one_data_set()
    {
        WriteSplit("images", "labels", "0 0.5 0.5 0.2 0.4\n");
        data.Text("labels/classes.txt", "ant\n");
        Assert.Empty(DatasetReader.Splits(data.Root));
        Dataset dataset = data.Open("val");
        Assert.Equal("all", dataset.Split);
        Assert.Empty(dataset.Findings);
        Assert.Single(Assert.Single(dataset.Images).Boxes);
    }

    [Fact]
    public void Labels_may_lie_beside_the_images()
    {
        WriteSplit("", "", "0 0.5 0.5 0.2 0.4\n");
        data.Text("obj.names", "ant\n");
        Dataset dataset = data.Open();
        Assert.Empty(dataset.Findings);
        Assert.Single(Assert.Single(dataset.Images).Boxes);
    }

    [Theory]
    [InlineData("train: ../here/images\nval: ../here/images\nnames: [ant]\n")]
    [InlineData("path: here\ntrain: images\nval: [images]\nnames: [ant]\n")]
    [InlineData("train:\n  - here/images\nval: list.txt\ntest: nowhere\nnames: [ant]\n")]
    public void A_data_file_may_say_where_the_images_are(string text)
    {
        WriteSplit("here/images", "here/labels", "0 0.5 0.5 0.2 0.4\n");
        data.Text("list.txt", "here/images/a.png\n");
        string file = data.Text("data.yaml", text);
        Assert.Equal(["train", "val"], DatasetReader.Splits(file));
        Assert.Single(Assert.Single(DatasetReader.Open(file, "train").Images).Boxes);
        Assert.Single(Assert.Single(data.Open("val").Images).Boxes);
    }

    [Fact]
    public void An_image_without_a_label_file_is_background()
    {
        WriteSplit("images/train", "labels/train", "0 0.5 0.5 0.2 0.4\n");
        data.Image("images/train/empty.png");
        data.Text("classes.txt", "ant\n");
        Dataset dataset = data.Open();
        Finding finding = Assert.Single(dataset.Findings);
        Assert.Equal((FindingKind.Unannotated, data.Path("images/train/empty.png")), (finding.Kind, finding.Place));
        Assert.Contains("read as an image without objects", finding.Message, StringComparison.Ordinal);
        Assert.Equal([1, 0], dataset.Images.Select(image => image.Boxes.Count));
    }

    [Theory]
    [InlineData("0 0.5 0.5 0.2", FindingKind.UnreadableLabel, "line 2: the line has 4 columns; expected 5")]
    [InlineData("0 0.5 0.5 0.2 0.2 high", FindingKind.UnreadableLabel, "line 2: column 6 is 'high'; expected a number")]
    [InlineData("cat 0.5 0.5 0.2 0.2", FindingKind.UnreadableLabel, "line 2: class is 'cat'; expected a whole number")]
    [InlineData("0 0.5 0,5 0.2 0.2", FindingKind.UnreadableLabel, "line 2: cy is '0,5'; expected a number")]
    [InlineData("0 0.5 0.5 NaN 0.2", FindingKind.UnreadableLabel, "line 2: w is 'NaN'; expected a number")]
    [InlineData("2 0.5 0.5 0.2 0.2", FindingKind.UnknownCategory, "line 2: class is '2'; expected 0 to 1")]
    [InlineData("-1 0.5 0.5 0.2 0.2", FindingKind.UnknownCategory, "line 2: class is '-1'; expected 0 to 1")]
    [InlineData("0 320 0.5 0.2 0.2", FindingKind.BoxOutside, "line 2: cx is '320'; expected a share")]
    [InlineData("0 0.95 0.5 0.2 0.2", FindingKind.BoxOutside, "line 2: [0.95, 0.5, 0.2, 0.2] reaches out")]
    [InlineData("0 0.5 0.5 0 0.2", FindingKind.ZeroAreaBox, "line 2: [0.5, 0.5, 0, 0.2] has no area")]
    [InlineData("1 0.5 0.5 0.2 0.4", FindingKind.DuplicateBox, "line 2: [0.5, 0.5, 0.2, 0.4] was there before")]
    public void A_bad_line_is_one_finding_with_its_number_and_the_good_ones_stay(
        string line,
        FindingKind kind,
        string expected
    )
    {
        WriteSplit("images/train", "labels/train", $"1 0.5 0.5 0.2 0.4\n{line}\n\n0 0.25 0.5 0.5 1\n");
        data.Text("classes.txt", "ant\nbee\n");
        Dataset dataset = data.Open();
        Finding finding = Assert.Single(dataset.Findings);
        Assert.Equal(kind, finding.Kind);
        Assert.StartsWith(data.Path("labels/train/a.txt"), finding.Message, StringComparison.Ordinal);
        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
        int clipped = line.StartsWith("0 0.95", StringComparison.Ordinal) ? 1 : 0;
        Assert.Equal(2 + clipped, Assert.Single(dataset.Images).Boxes.Count);
    }

    [Fact]
    public void Images_that_cannot_be_used_are_found_and_the_good_ones_stay()
    {
        WriteSplit("images/train", "labels/train", "0 0.5 0.5 0.2 0.4\n");
        data.Text("images/train/b.jpg", "no picture");
        data.Image("images/train/a.PNG");
        data.Text("labels/train/gone.txt", "0 0.5 0.5 0.2 0.4\n");
        data.Text("classes.txt", "ant\n");
        Dataset dataset = data.Open();
        Assert.Equal(
            [FindingKind.DuplicateId, FindingKind.UndecodableImage, FindingKind.MissingImage],
            dataset.Findings.Select(finding => finding.Kind)
        );
        Assert.Single(dataset.Images);
    }

    private void WriteSplit(string images, string labels, string text)
    {
        data.Image(Path.Combine(images, "a.png"));
        data.Text(Path.Combine(labels, "a.txt"), text);
    }
}
