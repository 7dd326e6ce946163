using DynamicRcnn.Detection;
using Xunit;

namespace DynamicRcnn.Package.Tests;

/// <summary>The README's code, compiled by a stranger's program that has the NuGet packages and nothing else of ours.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void The_schedule_folds_in_a_program_that_has_the_core_alone()
    {
        using FreshProgram program = new(Readme.CodeUnder("### The schedule"), "DynamicRcnn.Core");
        // Windows of two iterations: the mean of the first two IoUs, then of the next two.
        Assert.Equal(
            [
                "1: IoU threshold 0.400, beta 1.000",
                "2: IoU threshold 0.640, beta 0.210",
                "3: IoU threshold 0.640, beta 0.210",
                "4: IoU threshold 0.705, beta 0.150",
            ],
            Lines(program.Run())
        );
    }

    [Fact]
    public void The_detector_finds_the_same_objects_in_a_program_that_has_the_packages()
    {
        using DrawnCheckpoint drawn = new();
        using FreshProgram program = new(
            Readme.CodeUnder("### The detector"),
            "DynamicRcnn.Training",
            FreshProgram.Libtorch
        );
        string[] printed = Lines(program.Run(drawn.Path, drawn.Image));

        using TrainedDetector detector = TrainedDetector.Load(drawn.Path);
        string[] expected = Readme.Printed(detector, drawn.Image);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, printed);
    }

    private static string[] Lines(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
