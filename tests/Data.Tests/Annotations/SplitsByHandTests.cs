using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

/// <summary>Splits that are named by hand, held out, or called otherwise.</summary>
public sealed class SplitsByHandTests : IDisposable
{
    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Fact]
    public void Tables_are_splits_from_the_data_set_on()
    {
        data.Image("images/a.png");
        data.Image("images/b.png");
        data.Text("data/train_labels.csv", "filename,class,xmin,ymin,xmax,ymax\na.png,ant,1,1,10,10\n");
        data.Text(
            "data/test_labels.csv",
            "filename,class,xmin,ymin,xmax,ymax\nb.png,ant,1,1,20,20\nb.png,ant,5,5,9,9\n"
        );
        DatasetSource source = new(data.Root, Train: "data/train_labels.csv", Val: "data/test_labels.csv");
        Assert.Equal(["train", "val"], DatasetReader.Splits(source));
        Assert.Equal(data.Path("images/a.png"), Assert.Single(DatasetReader.Open(source, "train").Images).Path);
        Dataset val = DatasetReader.Open(source, "val");
        Assert.Equal(2, Assert.Single(val.Images).Boxes.Count);
        Assert.Equal("val", val.Split);
        Assert.Equal(data.Path("data/test_labels.csv"), DatasetReader.Rooted(source).Val);
    }

    [Fact]
    public void A_split_of_the_data_set_may_be_taken_for_another()
    {
        WriteVoc("train", "val", "test");
        DatasetSource source = new(data.Root, Val: "test");
        Assert.Equal("test.png", Assert.Single(DatasetReader.Open(source, "val").Images).FileName);
        Assert.Equal("train.png", Assert.Single(DatasetReader.Open(source, "train").Images).FileName);
        Assert.Equal("test", DatasetReader.Rooted(source).Val);
    }

    [Fact]
    public void Splits_may_be_named_without_a_data_set()
    {
        WriteVoc("train", "val");
        DatasetSource source = new("", Train: data.Path("train"), Val: data.Path("val"));
        Assert.Equal(["train", "val"], DatasetReader.Splits(source));
        Assert.Equal("val.png", Assert.Single(DatasetReader.Open(source, "val").Images).FileName);
    }

    [Fact]
    public void Test_is_evaluated_where_nothing_is_called_val()
    {
        WriteVoc("train", "test");
        Assert.Equal(["train", "val"], DatasetReader.Splits(data.Root));
        Assert.Equal("test.png", Assert.Single(data.Open("val").Images).FileName);
        Assert.Equal("test.png", Assert.Single(data.Open("test").Images).FileName);
        Assert.Contains("val is its test", DatasetReader.Describe(data.Root), StringComparison.Ordinal);
    }

    [Fact]
    public void A_share_of_the_images_is_held_out()
    {
        for (int i = 0; i < 20; i++)
        {
            data.Image($"{i}.png");
            data.Xml($"{i}.xml", ("ant", "1 1 10 10"));
        }
        DatasetSource source = new(data.Root, HoldOut: 0.25);
        string[] train = [.. DatasetReader.Open(source, "train").Images.Select(image => image.FileName)];
        string[] val = [.. DatasetReader.Open(source, "val").Images.Select(image => image.FileName)];
        Assert.Equal((15, 5), (train.Length, val.Length));
        Assert.Empty(train.Intersect(val));

        // An image more moves at most one of them.
        data.Image("new.png");
        data.Xml("new.xml", ("ant", "1 1 10 10"));
        string[] later = [.. DatasetReader.Open(source, "val").Images.Select(image => image.FileName)];
        Assert.InRange(later.Intersect(val).Count(), 4, 5);
    }

    [Fact]
    public void What_is_named_and_not_there_is_refused_with_the_choices()
    {
        WriteVoc("train", "val");
        DataException error = Assert.Throws<DataException>(() =>
            DatasetReader.Open(new DatasetSource(data.Root, Val: "holdout"), "val")
        );
        Assert.Equal(
            $"--val holdout: there is no such split, file or folder; {data.Root} has train, val.",
            error.Message
        );
    }

    [Fact]
    public void Holding_out_of_what_has_a_split_for_it_is_refused()
    {
        WriteVoc("train", "val");
        DataException error = Assert.Throws<DataException>(() =>
            DatasetReader.Open(new DatasetSource(data.Root, HoldOut: 0.2), "train")
        );
        Assert.Contains("--hold-out", error.Message, StringComparison.Ordinal);
        Assert.Contains("has the split val", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list.txt", "images/a.png\n")]
    [InlineData("lists/mine.txt", "../images/a.png\n")]
    [InlineData("list.txt", "D:\\cells\\images\\a.png\n")]
    public void A_list_of_images_is_a_data_set(string list, string text)
    {
        data.Image("images/a.png");
        data.Image("images/b.png");
        data.Text("labels/a.txt", "0 0.5 0.5 0.5 0.5\n");
        data.Text("labels/b.txt", "0 0.5 0.5 0.5 0.5\n");
        data.Text("classes.txt", "ant\n");
        Dataset dataset = DatasetReader.Open(data.Text(list, text), "train");
        Assert.Equal("a.png", Assert.Single(dataset.Images).FileName);
        Assert.Equal("ant", Assert.Single(dataset.Classes).Name);
    }

    [Fact]
    public void A_list_of_names_may_lie_beside_the_annotations()
    {
        WriteVocPair("a");
        WriteVocPair("b");
        Dataset dataset = DatasetReader.Open(data.Text("mine.txt", "b\n"), "train");
        Assert.Equal("b.png", Assert.Single(dataset.Images).FileName);
    }

    [Theory]
    [InlineData("images/train")]
    [InlineData("images/val")]
    public void A_folder_of_images_is_one_with_the_classes_of_its_data_set(string folder)
    {
        data.Text("data.yaml", "names: [ant, bee]\ntrain: images/train\nval: images/val\n");
        foreach (string split in new[] { "train", "val" })
        {
            data.Image($"images/{split}/{split}.png");
            data.Text($"labels/{split}/{split}.txt", "1 0.5 0.5 0.5 0.5\n");
        }
        Dataset dataset = DatasetReader.Open(data.Path(folder), "train");
        Assert.Equal($"{Path.GetFileName(folder)}.png", Assert.Single(dataset.Images).FileName);
        Assert.Equal(["ant", "bee"], dataset.Classes.Select(name => name.Name));
    }

    [Fact]
    public void Folders_that_links_lead_to_again_are_entered_once()
    {
        data.Image("images/a.png");
        data.Text("labels/a.txt", "0 0.5 0.5 0.5 0.5\n");
        data.Text("classes.txt", "ant\n");
        foreach (string link in new[] { "images/x", "images/y" })
        {
            Directory.CreateSymbolicLink(data.Path(link), data.Path("images"));
        }
        data.Image("elsewhere/b.png");
        data.Text("elsewhere/b.txt", "0 0.5 0.5 0.5 0.5\n");
        Directory.CreateSymbolicLink(data.Path("images/z"), data.Path("elsewhere"));
        Assert.Equal(["a.png", "b.png"], data.Open().Images.Select(image => image.FileName));
    }

    private void WriteVocPair(string name)
    {
        data.Image($"JPEGImages/{name}.png");
        data.Xml($"Annotations/{name}.xml", ("ant", "1 1 10 10"));
    }

    private void WriteVoc(params string[] splits)
    {
        foreach (string split in splits)
        {
            data.Image($"{split}/{split}.png");
            data.Xml($"{split}/{split}.xml", ("ant", "1 1 10 10"));
        }
    }
}
