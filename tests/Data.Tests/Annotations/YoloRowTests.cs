using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

/// <summary>What the columns of a YOLO label line may be.</summary>
public sealed class YoloRowTests : IDisposable
{
    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Theory]
    [InlineData("1 0.5 0.5 0.2 0.4", null)]
    [InlineData("1.0 0.5 0.5 0.2 0.4", null)]
    [InlineData("1.000000000000000000e+00 5e-1 5e-1 2e-1 4e-1", null)]
    [InlineData("1\t0.5\t0.5\t0.2\t0.4", null)]
    [InlineData("1 0.5 0.5 0.2 0.4 0.93", FindingKind.ExtraColumns)]
    [InlineData("1 0.5 0.5 0.2 0.4 17", FindingKind.ExtraColumns)]
    [InlineData("1 0.5 0.5 0.2 0.4 0.93 17", FindingKind.ExtraColumns)]
    [InlineData("1 0.5 0.5 0.2 0.4 0.5 0.5 2", FindingKind.ExtraColumns)]
    [InlineData("1 0.5 0.5 0.2 0.4 0.5 0.5 1 0.55 0.6 1", FindingKind.ExtraColumns)]
    [InlineData("1 0.5 0.5 0.2 0.4 0.5 0.5 1 0 0 0", FindingKind.ExtraColumns)]
    [InlineData("1 0.4 0.3 0.6 0.3 0.6 0.7 0.4 0.7", FindingKind.BoxFromPolygon)]
    [InlineData("1 0.5 0.3 0.6 0.5 0.5 0.7 0.4 0.5", FindingKind.BoxFromPolygon)]
    [InlineData("1 0.4 0.3 0.6 0.5 0.4 0.7", FindingKind.BoxFromPolygon)]
    [InlineData("1 0.4 0.3 0.6 0.3 0.6 0.7 0.5 0.7 0.4 0.7", FindingKind.BoxFromPolygon)]
    public void Every_form_gives_the_box(string line, FindingKind? kind)
    {
        Dataset dataset = Read(line);
        FindingKind[] expected = kind is { } found ? [found] : [];
        Assert.Equal(expected, dataset.Findings.Select(finding => finding.Kind));
        GroundTruthBox box = Assert.Single(Assert.Single(dataset.Images).Boxes);
        Assert.Equal(
            (40d, 15d, 60d, 35d, 1),
            (Math.Round(box.X1, 3), Math.Round(box.Y1, 3), Math.Round(box.X2, 3), Math.Round(box.Y2, 3), box.Label)
        );
    }

    [Fact]
    public void A_polygon_that_reaches_out_is_clipped()
    {
        Dataset dataset = Read("1 0.4 0.3 1.06 0.3 1.06 0.7 0.4 0.7");
        Assert.Equal(
            [FindingKind.BoxOutside, FindingKind.BoxFromPolygon],
            dataset.Findings.Select(finding => finding.Kind)
        );
        Assert.Equal(100f, Assert.Single(dataset.Images[0].Boxes).X2);
    }

    [Theory]
    [InlineData("1.5 0.5 0.5 0.2 0.4", FindingKind.UnreadableLabel, "class is '1.5'; expected a whole number")]
    [InlineData("NaN 0.5 0.5 0.2 0.4", FindingKind.UnreadableLabel, "class is 'NaN'; expected a whole number")]
    [InlineData("1e9 0.5 0.5 0.2 0.4", FindingKind.UnknownCategory, "class is '1e9'; expected 0 to 1")]
    [InlineData("1 40 15 60 15 60 35 40 35", FindingKind.UnreadableLabel, "9 columns; expected 5")]
    [InlineData("1 0.4 0.3 0.6 0.3 0.6 bad", FindingKind.UnreadableLabel, "column 7 is 'bad'; expected a number")]
    public void A_line_of_no_form_is_left_out(string line, FindingKind kind, string expected)
    {
        Finding finding = Assert.Single(Read($"{line}\n0 0.5 0.5 0.2 0.4").Findings);
        Assert.Equal(kind, finding.Kind);
        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
        Assert.Equal($"{data.Path("labels/train/a.txt")}: line 1", finding.Place);
    }

    private Dataset Read(string text)
    {
        data.Image("images/train/a.png");
        data.Text("labels/train/a.txt", text);
        data.Text("classes.txt", "ant\nbee\n");
        return data.Open();
    }
}
