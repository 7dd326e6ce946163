using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

public sealed class VocReaderTests : IDisposable
{
    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Fact]
    public void A_list_names_the_images_of_a_split_and_boxes_become_zero_based()
    {
        WriteListed();
        Dataset dataset = data.Open();
        Assert.Equal("train", dataset.Split);
        Assert.Empty(dataset.Findings);
        Assert.Equal([(1L, "b.png"), (2L, "a.png")], dataset.Images.Select(image => (image.Id, image.FileName)));
        Assert.Equal((100, 50), (dataset.Images[0].Width, dataset.Images[0].Height));
        GroundTruthBox box = Assert.Single(dataset.Images[0].Boxes);
        Assert.Equal((10f, 4f, 30f, 20f), (box.X1, box.Y1, box.X2, box.Y2));
        Assert.Equal(20d * 16, box.Area);
        Assert.False(box.Crowd);
    }

    [Fact]
    public void Classes_are_the_sorted_names_of_all_splits()
    {
        WriteListed();
        Assert.Equal(["train", "val"], DatasetReader.Splits(data.Root));
        ClassName[] expected = [new(1, "ant"), new(2, "bee"), new(3, "cat")];
        Assert.Equal(expected, data.Open("train").Classes);
        Assert.Equal(expected, data.Open("val").Classes);
        Assert.Equal(2, Assert.Single(Assert.Single(data.Open("val").Images).Boxes).Label);
    }

    [Fact]
    public void A_file_of_classes_decides_their_order_and_other_names_are_findings()
    {
        WriteListed();
        data.Text("classes.txt", "cat\nbee\n\n");
        Dataset dataset = data.Open();
        Assert.Equal([new ClassName(1, "cat"), new ClassName(2, "bee")], dataset.Classes);
        Finding finding = Assert.Single(dataset.Findings);
        Assert.Equal(FindingKind.UnknownCategory, finding.Kind);
        Assert.Contains("'ant'", finding.Message, StringComparison.Ordinal);
        Assert.Equal([1, 0], dataset.Images.Select(image => image.Boxes.Count));
        Assert.Equal(1, dataset.Images[0].Boxes[0].Label);
    }

    [Fact]
    public void The_lists_of_single_classes_are_no_splits()
    {
        WriteListed();
        data.Text("ImageSets/Main/cat_train.txt", "a -1\nb  1\n");
        Assert.Equal(["train", "val"], DatasetReader.Splits(data.Root));
    }

    [Fact]
    public void A_list_may_be_given_by_its_path()
    {
        WriteListed();
        string list = data.Text("ImageSets/Main/tiny.txt", "c\n");
        Dataset dataset = DatasetReader.Open(list, "train");
        Assert.Equal("c.png", Assert.Single(dataset.Images).FileName);
        Assert.Equal(3, dataset.Classes.Count);
    }

    [Fact]
    public void Annotations_without_lists_are_one_data_set()
    {
        data.Xml("Annotations/a.xml", ("ant", "1 1 10 10"));
        data.Image("JPEGImages/a.png");
        Assert.Empty(DatasetReader.Splits(data.Root));
        Dataset dataset = data.Open("anything");
        Assert.Equal("all", dataset.Split);
        Assert.Single(Assert.Single(dataset.Images).Boxes);
    }

    [Fact]
    public void A_flat_folder_is_one_data_set_and_images_without_xml_are_found()
    {
        data.Xml("a.xml", ("ant", "1 1 10 10"));
        data.Image("a.png");
        data.Image("lonely.png");
        Dataset dataset = data.Open();
        Assert.Equal("a.png", Assert.Single(dataset.Images).FileName);
        Finding finding = Assert.Single(dataset.Findings);
        Assert.Equal((FindingKind.Unannotated, data.Path("lonely.png")), (finding.Kind, finding.Place));
    }

    [Fact]
    public void Flat_folders_that_are_called_like_splits_are_splits()
    {
        data.Xml("train/a.xml", ("ant", "1 1 10 10"));
        data.Image("train/a.png");
        data.Xml("valid/b.xml", ("bee", "1 1 10 10"));
        data.Image("valid/b.png");
        Assert.Equal(["train", "val"], DatasetReader.Splits(data.Root));
        Assert.Equal("b.png", Assert.Single(data.Open("val").Images).FileName);
        Assert.Equal(2, data.Open("train").Classes.Count);
    }

    [Fact]
    public void Difficult_objects_become_crowds()
    {
        string text = SmallData.Annotation("", ("ant", "1 1 10 10"), ("ant", "20 20 30 30"));
        int second = text.LastIndexOf("<difficult>0", StringComparison.Ordinal);
        data.Text("a.xml", text[..second] + "<difficult>1" + text[(second + "<difficult>0".Length)..]);
        data.Image("a.png");
        Assert.Equal([false, true], Assert.Single(data.Open().Images).Boxes.Select(box => box.Crowd));
    }

    private void WriteListed()
    {
        data.Xml("Annotations/a.xml", ("ant", "1 1 10 10"));
        data.Xml("Annotations/b.xml", ("bee", "11 5 30 20"));
        data.Xml("Annotations/c.xml", ("cat", "1 1 10 10"));
        data.Image("JPEGImages/a.png");
        data.Image("JPEGImages/b.png");
        data.Image("JPEGImages/c.png");
        data.Text("ImageSets/Main/train.txt", "b\na\n");
        data.Text("ImageSets/Main/val.txt", "c\n");
    }
}
