using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests;

public sealed class WrittenBoxTests
{
    [Theory]
    [InlineData("official-r50-1x", 11, 21)]
    [InlineData("mmdet-r50-1x", 10, 20)]
    public void The_authors_widths_count_the_last_pixel(string preset, double width, double height)
    {
        DetectedObject found = new(5, 6, 15, 26, Label: 0, Score: 0.5f);
        ImageRecord image = new(3, "", "", 100, 100, []);
        Conventions conventions = Presets.TryFind(preset).ResultValue.Config.Model.Conventions;
        DetectionBox written = WrittenBox.Of(found, image, new ClassName(7, "thing"), conventions);
        Assert.Equal(new DetectionBox(3, 7, 5, 6, width, height, 0.5f), written);
    }
}
