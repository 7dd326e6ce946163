using System.Diagnostics;
using System.Text;
using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

/// <summary>Files that are none, or not what their names say.</summary>
public sealed class InputFileTests : IDisposable
{
    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Theory]
    [InlineData("mkfifo")]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    public void What_is_no_regular_file_is_an_image_that_cannot_be_read(string device)
    {
        WriteYolo();
        MakeDevice(data.Path("images/b.png"), device);
        Finding finding = Assert.Single(data.Open().Findings);
        Assert.Equal((FindingKind.UndecodableImage, data.Path("images/b.png")), (finding.Kind, finding.File));
        Assert.Contains("the file is empty, or no regular file", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mkfifo", "result.json")]
    [InlineData("/dev/zero", "result.json")]
    [InlineData("/dev/zero", "data.yaml")]
    [InlineData("mkfifo", "annotations.csv")]
    [InlineData("/dev/zero", "list.txt")]
    [InlineData("mkfifo", "a.xml")]
    public void What_is_no_regular_file_is_refused_as_annotations(string device, string name)
    {
        data.Image("a.png");
        MakeDevice(data.Path(name), device);
        Assert.Contains(name, Assert.Throws<DataException>(() => Open(name)).Message, StringComparison.Ordinal);

        Dataset Open(string name) => name == "a.xml" ? data.Open() : DatasetReader.Open(data.Path(name), "train");
    }

    [Fact]
    public void What_is_too_large_is_refused_before_it_is_read()
    {
        WriteYolo();
        foreach (string name in (string[])["images/b.png", "labels/a.txt"])
        {
            using FileStream file = File.OpenWrite(data.Path(name));
            file.SetLength(3L << 30);
        }
        long before = GC.GetTotalAllocatedBytes();
        DataException refusal = Assert.Throws<DataException>(() => data.Open());
        Assert.Contains("3221225472 bytes, and at most 1073741824 are read", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 50_000_000);
    }

    [Fact]
    public void A_link_is_the_file_that_it_leads_to()
    {
        WriteYolo();
        File.Move(data.Path("images/a.png"), data.Path("real.png"));
        File.CreateSymbolicLink(data.Path("images/a.png"), "../real.png");
        Assert.Single(Assert.Single(data.Open().Images).Boxes);
        Assert.DoesNotContain(data.Open().Findings, finding => finding.Kind == FindingKind.UndecodableImage);
    }

    [Theory]
    [InlineData("", "the file is empty, or no regular file; expected JSON")]
    [InlineData("[]", "the whole file is an array of 0; expected an object with the key 'categories'")]
    [InlineData("{}", "the whole file is an object; expected an object with the key 'categories'")]
    [InlineData("{\"images\"", "line 1 is not JSON")]
    [InlineData("deep", "line 1 has more than 64 values within each other, which is the most that is read")]
    public void A_file_that_might_have_been_the_data_set_is_named_with_what_is_wrong(string text, string expected)
    {
        data.Image("images/a.png");
        string deep = $$"""{"info":{{new string('[', 70)}}{{new string(']', 70)}}}""";
        string file = data.Text("result.json", text == "deep" ? deep : text);
        string refusal = Assert.Throws<DataException>(() => data.Open()).Message;
        Assert.Contains($"{file}: {expected}", refusal, StringComparison.Ordinal);
        Assert.Contains(
            expected,
            Assert.Throws<DataException>(() => DatasetReader.Open(file, "train")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_result_file_in_UTF_16_is_read()
    {
        data.Image("images/a.png");
        const string text = """
            {"images":[{"id":1,"file_name":"a.png","width":100,"height":50}],"categories":[{"id":1,"name":"ant"}],
             "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,5,5]}]}
            """;
        File.WriteAllText(data.Path("result.json"), text, Encoding.Unicode);
        Assert.Single(Assert.Single(data.Open().Images).Boxes);
    }

    [Fact]
    public void A_picture_is_no_data_set()
    {
        data.Image("a.png");
        string refusal = Assert.Throws<DataException>(() => DatasetReader.Open(data.Path("a.png"), "train")).Message;
        Assert.StartsWith(
            $"{data.Path("a.png")}: the file describes no data set; expected a COCO",
            refusal,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Labelme_JSON_that_cannot_be_read_is_named()
    {
        const string good = """{"shapes":[{"label":"ant","points":[[1,2],[30,40]],"shape_type":"rectangle"}]}""";
        data.Image("a.png");
        data.Text("a.json", good);
        data.Image("b.png");
        string file = data.Text("b.json", good[..^5]);
        Finding finding = Assert.Single(data.Open().Findings);
        Assert.Equal((FindingKind.UnreadableLabel, file), (finding.Kind, finding.File));
        Assert.Contains("line 1 is not JSON", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("classes.txt")]
    [InlineData("annotations.csv")]
    public void Text_in_another_encoding_is_refused(string name)
    {
        WriteYolo();
        data.Image("a.png");
        File.WriteAllBytes(
            data.Path(name),
            Encoding.Latin1.GetBytes("filename,class,xmin,ymin,xmax,ymax\na.png,caf\u00e9,1,2,30,40\n")
        );
        string path = name == "classes.txt" ? data.Root : data.Path(name);
        string refusal = Assert.Throws<DataException>(() => DatasetReader.Open(path, "train")).Message;
        Assert.Contains($"{name}: the file cannot be read: it is no text in UTF-8", refusal, StringComparison.Ordinal);
    }

    private void WriteYolo()
    {
        data.Image("images/a.png");
        data.Text("labels/a.txt", "0 0.5 0.5 0.2 0.4\n");
        data.Text("classes.txt", "ant\n");
    }

    private static void MakeDevice(string path, string device)
    {
        if (device == "mkfifo")
        {
            using Process made = Process.Start("mkfifo", path);
            made.WaitForExit();
        }
        else
        {
            File.CreateSymbolicLink(path, device);
        }
    }
}
