using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

public sealed class DatasetReaderTests : IDisposable
{
    private const string Coco =
        """{"images":[{"id":1,"file_name":"a.png","width":100,"height":50}],"annotations":[],"categories":[{"id":1,"name":"ant"}]}""";

    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Fact]
    public void A_folder_of_no_layout_is_told_all_three()
    {
        data.Text("notes.txt", "nothing");
        Assert.Empty(DatasetReader.Splits(data.Root));
        DataException error = Assert.Throws<DataException>(() => data.Open());
        Assert.StartsWith($"{data.Root}: no data set is recognised", error.Message, StringComparison.Ordinal);
        Assert.All(
            (string[])["COCO (", "Pascal VOC (", "YOLO ("],
            layout => Assert.Contains(layout, error.Message, StringComparison.Ordinal)
        );
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Coco_is_preferred_where_its_annotations_lie_beside_yolo_labels()
    {
        data.Text("annotations/instances_train.json", Coco);
        data.Image("images/train/a.png");
        data.Text("labels/train/a.txt", "0 0.5 0.5 0.2 0.4\n");
        data.Text("data.yaml", "names: [wasp]\n");
        Assert.Equal("ant", Assert.Single(data.Open().Classes).Name);
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData("a.xml")]
    public void A_file_that_describes_no_data_set_is_told_which_do(string name)
    {
        string file = data.Text(name, "a\n");
        DataException error = Assert.Throws<DataException>(() => DatasetReader.Open(file, "train"));
        Assert.StartsWith($"{file}: the file describes no data set; expected", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_to_nothing_says_so()
    {
        string nowhere = data.Path("nowhere");
        DataException error = Assert.Throws<DataException>(() => DatasetReader.Open(nowhere, "train"));
        Assert.Equal($"{nowhere}: there is no such folder or file.", error.Message);
    }

    [Fact]
    public void An_unknown_split_is_told_those_that_exist()
    {
        data.Xml("train/a.xml", ("ant", "1 1 10 10"));
        data.Xml("test/b.xml", ("ant", "1 1 10 10"));
        DataException error = Assert.Throws<DataException>(() => data.Open("held"));
        Assert.Equal($"{data.Root}: there is no split 'held'; expected one of train, val.", error.Message);
    }

    [Fact]
    public void A_data_set_whose_images_are_all_missing_is_an_error_in_every_layout()
    {
        data.Text("coco/annotations/instances_train.json", Coco);
        data.Xml("voc/Annotations/a.xml", ("ant", "1 1 10 10"));
        data.Text("yolo/images/train/list.md", "");
        data.Text("yolo/labels/train/a.txt", "0 0.5 0.5 0.2 0.4\n");
        data.Text("yolo/classes.txt", "ant\n");
        Assert.All(
            (string[])["coco", "voc", "yolo"],
            layout =>
            {
                string folder = data.Path(layout);
                DataException error = Assert.Throws<DataException>(() => DatasetReader.Open(folder, "train"));
                Assert.Contains("has no image that can be used", error.Message, StringComparison.Ordinal);
                Assert.Contains("the first of 1 findings is", error.Message, StringComparison.Ordinal);
            }
        );
    }
}
