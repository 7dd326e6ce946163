using DynamicRcnn.Data;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Inspect;

public sealed class DatasetSummaryTests
{
    [Fact]
    public void The_summary_counts_images_boxes_crowds_sizes_and_classes()
    {
        string text = Summary([
            Image(1, 100, 80, Box(10, 0), Box(40, 0), Box(100, 1)),
            Image(2, 120, 80, Box(50, 0) with { Crowd = true }),
        ]);
        Assert.Contains("  images     2, 1 of them without boxes\n", text, StringComparison.Ordinal);
        Assert.Contains("  boxes      3 and 1 crowd region\n", text, StringComparison.Ordinal);
        Assert.Contains("  an image   0 to 3 boxes, median 3, mean 1.5\n", text, StringComparison.Ordinal);
        Assert.Contains("  image size 100-120 x 80 pixels\n", text, StringComparison.Ordinal);
        Assert.Contains("33.3 % small, 33.3 % medium, 33.3 % large", text, StringComparison.Ordinal);
        Assert.Contains("  cat     7      2       1           40\n", text, StringComparison.Ordinal);
        Assert.Contains("  bird    9      0       0            -\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_set_without_images_is_summed_up_too()
    {
        Assert.Contains("  images     0, 0 of them without boxes\n", Summary([]), StringComparison.Ordinal);
    }

    private static string Summary(IReadOnlyList<ImageRecord> images)
    {
        var output = new StringWriter();
        ClassName[] classes = [new(7, "cat"), new(8, "dog"), new(9, "bird")];
        DatasetSummary.Write(new Dataset("pets", "train", classes, images, []), output);
        return output.ToString();
    }

    private static ImageRecord Image(long id, int width, int height, params GroundTruthBox[] boxes) =>
        new(id, "", "", width, height, boxes);

    private static GroundTruthBox Box(float side, int label) => new(0, 0, side, side, label, false, side * side, 1);
}
