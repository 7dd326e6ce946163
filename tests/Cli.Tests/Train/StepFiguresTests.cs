using DynamicRcnn.Core;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Train;

public sealed class StepFiguresTests
{
    [Theory]
    [InlineData(new[] { 0.453, 0.61 }, "IoU 0.453  beta 0.610")]
    [InlineData(new[] { 0.5, 1, 0.6, 0.5, 0.712, 0.25 }, "IoU 0.500/0.600/0.712  beta 1.000/0.500/0.250")]
    public void The_line_says_losses_schedule_speed_and_what_is_left(double[] settings, string schedule)
    {
        var figures = new StepFigures(
            120,
            2000,
            0.5,
            0.25,
            1,
            0.125,
            [.. settings.Chunk(2).Select(pair => new Setting(pair[0], pair[1]))],
            0.005,
            7.25,
            TimeSpan.FromSeconds(184)
        );
        Assert.Equal(
            $" 120/2000  loss 1.875 (rpn 0.500 + 0.250, class 1.000, box 0.125)  {schedule}  lr 0.005"
                + "  7.2 images/s  3 min 04 s left",
            figures.ToString()
        );
    }
}
