using DynamicRcnn.Detection;
using DynamicRcnn.Onnx;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Package.Tests;

/// <summary>The package that runs an exported detector, in a stranger's program that has no libtorch.</summary>
public sealed class OnnxPackageTests
{
    [Fact]
    public void The_documents_program_finds_what_is_in_a_picture()
    {
        using DrawnCheckpoint drawn = new();
        string file = drawn.Path + ".onnx";
        using (TrainedDetector trained = TrainedDetector.Load(drawn.Path))
        {
            AtomicFile.Write(file, stream => OnnxExport.Write(stream, trained, new OnnxForm()));
        }
        using FreshProgram program = new(Readme.CodeUnder("## In C#", "docs/onnx.md"), "DynamicRcnn.Onnx");
        string printed = program.Run(file, drawn.Image);

        using OnnxDetector detector = OnnxDetector.Load(file);
        string[] expected = Readme.Printed(detector, drawn.Image);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, printed.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
