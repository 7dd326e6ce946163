using System.Text;
using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

/// <summary>How tools write Pascal VOC otherwise than its makers.</summary>
public sealed class VocQuirkTests : IDisposable
{
    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Theory]
    [InlineData("gb2312", "红")]
    [InlineData("GBK", "红")]
    [InlineData("gb18030", "红")]
    [InlineData("big5", "紅")]
    [InlineData("shift_jis", "赤")]
    [InlineData("euc-kr", "적")]
    [InlineData("windows-1252", "größe")]
    [InlineData("windows-1251", "красный")]
    [InlineData("iso-8859-1", "größe")]
    [InlineData("utf-16", "红")]
    [InlineData("utf-8", "红")]
    public void Every_declared_encoding_is_read(string name, string className)
    {
        Encoding encoding = CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        string xml =
            $"<?xml version=\"1.0\" encoding=\"{name}\"?>\n{SmallData.Annotation("", (className, "1 1 10 10"))}";
        data.Image("a.png");
        File.WriteAllBytes(data.Path("a.xml"), [.. encoding.GetPreamble(), .. encoding.GetBytes(xml)]);
        Dataset dataset = data.Open();
        Assert.Empty(dataset.Findings);
        Assert.Equal(className, Assert.Single(dataset.Classes).Name);
    }

    [Theory]
    [InlineData("klingon", "its encoding is 'klingon'")]
    [InlineData("utf-8", "not in the encoding that it declares")]
    public void An_encoding_that_does_not_fit_is_named(string declared, string expected)
    {
        string xml =
            $"<?xml version=\"1.0\" encoding=\"{declared}\"?>\n{SmallData.Annotation("", ("größe", "1 1 10 10"))}";
        data.Image("a.png");
        data.Image("b.png");
        data.Xml("b.xml", ("ant", "1 1 10 10"));
        File.WriteAllBytes(data.Path("a.xml"), Encoding.Latin1.GetBytes(xml));
        Finding finding = Assert.Single(data.Open().Findings);
        Assert.Equal(FindingKind.UnreadableLabel, finding.Kind);
        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("100", "50")]
    [InlineData("100.0", "50.0")]
    [InlineData("1e2", " 50 ")]
    [InlineData("0", "0")]
    [InlineData("-1", "-1")]
    [InlineData("", "")]
    public void Sides_are_whole_however_they_are_written(string width, string height)
    {
        string size = $"<size><width>{width}</width><height>{height}</height></size>";
        data.Text("a.xml", SmallData.Annotation(size, ("ant", "1 1 10 10")));
        data.Image("a.png");
        Assert.Empty(data.Open().Findings);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("True", true)]
    [InlineData("1.0", true)]
    [InlineData("0", false)]
    [InlineData("false", false)]
    [InlineData("", false)]
    public void Difficult_is_a_flag(string text, bool expected)
    {
        string xml = SmallData.Annotation("", ("ant", "1 1 10 10"));
        data.Text("a.xml", xml.Replace("<difficult>0", $"<difficult>{text}", StringComparison.Ordinal));
        data.Image("a.png");
        GroundTruthBox box = Assert.Single(Assert.Single(data.Open().Images).Boxes);
        Assert.Equal((expected, expected), (box.Difficult, box.Crowd));
    }

    [Theory]
    [InlineData("a.png")]
    [InlineData("a.xml")]
    [InlineData("JPEGImages/a.png")]
    [InlineData("JPEGImages\\a.png")]
    [InlineData("./a")]
    public void A_list_may_name_files(string line)
    {
        data.Xml("Annotations/a.xml", ("ant", "1 1 10 10"));
        data.Image("JPEGImages/a.png");
        data.Text("ImageSets/Main/train.txt", line + "\r\n");
        Dataset dataset = data.Open();
        Assert.Empty(dataset.Findings);
        Assert.Single(dataset.Images);
    }

    [Fact]
    public void A_name_with_a_dot_is_no_name_with_an_extension()
    {
        data.Xml("Annotations/a.png.xml", ("ant", "1 1 10 10"));
        data.Image("JPEGImages/a.png.png");
        data.Text("ImageSets/Main/train.txt", "a.png\n");
        Assert.Equal("a.png.png", Assert.Single(data.Open().Images).FileName);
    }

    [Fact]
    public void An_image_that_only_the_annotation_names_is_found()
    {
        string xml = SmallData.Annotation("", ("ant", "1 1 10 10"));
        data.Text(
            "annotations/0001.xml",
            xml.Replace("<annotation>", "<annotation><filename>C:\\set\\shot.png</filename>", StringComparison.Ordinal)
        );
        data.Image("images/shot.png");
        Assert.Equal("shot.png", Assert.Single(data.Open().Images).FileName);
    }
}
