using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

/// <summary>Tables with a box in each row.</summary>
public sealed class CsvTableTests : IDisposable
{
    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Theory]
    [InlineData("filename,width,height,class,xmin,ymin,xmax,ymax\na.png,100,50,ant,1,2,30,40\n")]
    [InlineData("\uFEFFfilename,width,height,class,xmin,ymin,xmax,ymax\r\na.png,100,50,ant,1,2,30,40\r\n")]
    [InlineData("image_path;x1;y1;x2;y2;label\nimages/a.png;1.0;2.0;30.0;40.0;ant\n")]
    [InlineData(
        "Label_Name\tBbox_X\tBbox_Y\tBbox_Width\tBbox_Height\tImage_Name\tImage_Width\tImage_Height\nant\t1\t2\t29\t38\ta.png\t100\t50\n"
    )]
    [InlineData("file,class,x,y,width,height\na.png,ant,1,2,29,38\n")]
    [InlineData("filename,class,xmin,ymin,xmax,ymax,note,note\n\"images/a.png\",\"ant\",1,2,30,40,,\n")]
    public void The_columns_are_found_by_their_names(string text)
    {
        data.Image("images/a.png");
        Dataset dataset = DatasetReader.Open(data.Text("boxes.csv", text), "train");
        ImageRecord image = Assert.Single(dataset.Images);
        GroundTruthBox box = Assert.Single(image.Boxes);
        Assert.Equal((1, 2, 30, 40), (box.X1, box.Y1, box.X2, box.Y2));
        Assert.Equal("ant", dataset.Classes[box.Label].Name);
        Assert.Equal(data.Path("images/a.png"), image.Path);
        Assert.Empty(dataset.Findings);
    }

    [Theory]
    [InlineData("filename,class,xmin,ymin,xmax,ymax\n/content/images/a.png,ant,1,2,30,40\n", FindingKind.ForeignPath)]
    [InlineData("filename,class,xmin,ymin,xmax,ymax\nD:\\data\\a.png,ant,1,2,30,40\n", FindingKind.ForeignPath)]
    [InlineData("filename,class,xmin,ymin,xmax,ymax\na.png,ant,1,2,30,40,50\n", FindingKind.ExtraColumns)]
    [InlineData("filename,class,xmin,ymin,xmax,ymax,x,y,w,h\na.png,ant,1,2,30,40,1,2,9,9\n", FindingKind.ExtraColumns)]
    [InlineData(
        "filename,class,x1,y1,x2,y2,left,top,right,bottom\na.png,ant,1,2,30,40,1,2,9,9\n",
        FindingKind.ExtraColumns
    )]
    public void What_is_read_otherwise_than_written_is_told(string text, FindingKind kind)
    {
        data.Image("images/a.png");
        Dataset dataset = DatasetReader.Open(data.Text("boxes.csv", text), "train");
        GroundTruthBox box = Assert.Single(Assert.Single(dataset.Images).Boxes);
        Assert.Equal((1, 2, 30, 40), (box.X1, box.Y1, box.X2, box.Y2));
        Assert.Equal(kind, Assert.Single(dataset.Findings).Kind);
    }

    [Theory]
    [InlineData("train/_annotations.csv", "train/a.png", "valid/_annotations.csv", "valid/b.png", "val")]
    [InlineData("train_labels.csv", "images/a.png", "test_labels.csv", "images/b.png", "val")]
    [InlineData("train.csv", "train/a.png", "val.csv", "val/b.png", "val")]
    public void Folders_of_tables_are_recognised(
        string table,
        string image,
        string other,
        string otherImage,
        string split
    )
    {
        data.Image(image);
        data.Image(otherImage);
        data.Text(table, "filename,class,xmin,ymin,xmax,ymax\na.png,ant,1,2,30,40\n");
        data.Text(other, "filename,class,xmin,ymin,xmax,ymax\nb.png,bee,1,2,30,40\n");
        Assert.Equal(["train", "val"], DatasetReader.Splits(data.Root));
        Assert.Equal(data.Path(image), Assert.Single(data.Open().Images).Path);
        Dataset val = data.Open(split);
        Assert.Equal(data.Path(otherImage), Assert.Single(val.Images).Path);
        Assert.Equal(["ant", "bee"], val.Classes.Select(name => name.Name));
    }

    [Fact]
    public void A_row_without_a_box_is_an_image_without_boxes()
    {
        data.Image("a.png");
        data.Image("b.png");
        data.Text("annotations.csv", "filename,class,xmin,ymin,xmax,ymax\na.png,ant,1,2,30,40\nb.png,,,,,\n");
        Assert.Equal([1, 0], data.Open().Images.Select(image => image.Boxes.Count));
    }

    [Theory]
    [InlineData("a.png,ant,1,x,30,40", "ymin is 'x'; expected a number")]
    [InlineData("a.png,,1,2,30,40", "the class is empty; expected its name")]
    [InlineData("a.png,ant,1,2", "xmax is ''; expected a number")]
    [InlineData("a.png,ant,30,2,1,40", "[30, 2, 1, 40] has no area")]
    [InlineData("a.png,ant,NaN,2,1,40", "has no area")]
    [InlineData("missing.png,ant,1,2,30,40", "missing.png; the image is left out")]
    [InlineData("../a.png,ant,1,2,30,40", "leads out of")]
    public void A_bad_row_is_a_finding(string row, string expected)
    {
        data.Image("a.png");
        data.Text("annotations.csv", $"filename,class,xmin,ymin,xmax,ymax\na.png,ant,1,2,30,40\n{row}\n");
        Dataset dataset = data.Open();
        Assert.Single(Assert.Single(dataset.Images).Boxes);
        Assert.Contains(expected, Assert.Single(dataset.Findings).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "line 1 is '', without a column of the images' names")]
    [InlineData("a.png,1,2,30,40,ant\n", "without a column of the images' names; expected a header such as filename")]
    [InlineData("filename,xmin,ymin,xmax,ymax\n", "without a column of classes")]
    [InlineData("filename,class,xmin,ymin\n", "without the four columns of a box")]
    [InlineData("filename,class,xmin,xmin,ymin,xmax,ymax\n", "line 1 has the column 'xmin' twice; expected it once")]
    [InlineData("filename,class,Class,xmin,ymin,xmax,ymax\n", "line 1 has the column 'class' twice; expected it once")]
    [InlineData("filename,class,xmin,ymin,xmax,ymax\na.png,ant,0.1,0.1,0.5,0.5\n", "expected pixels")]
    [InlineData("filename,class,xmin,ymin,xmax,ymax\n,ant,1,1,5,5\n", "line 2 names no image")]
    [InlineData("filename,class,xmin,ymin,xmax,ymax\na.png,\"ant,1,1,5,5\n", "quotes that do not close")]
    public void What_is_no_table_of_boxes_is_refused(string text, string expected)
    {
        data.Image("a.png");
        string file = data.Text("annotations.csv", text);
        DataException error = Assert.Throws<DataException>(() => data.Open());
        Assert.StartsWith(file, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
