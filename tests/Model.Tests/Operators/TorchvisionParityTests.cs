using DynamicRcnn.Tests;

namespace DynamicRcnn.Model.Tests.Operators;

/// <summary>Runs parity.py: our operators and torchvision's in one Python process, on random and hostile inputs.</summary>
public sealed class TorchvisionParityTests
{
    [Theory]
    [InlineData("roi_align", 100)]
    [InlineData("deform_conv2d", 154)]
    [InlineData("nms", 20)]
    public void Operators_equal_torchvisions(string operators, int leastCases)
    {
        string library = Path.Combine(AppContext.BaseDirectory, "libdrcnn_kernels.so");
        string output = Python.RunFile(["torchvision"], "Model.Tests/Operators/parity.py", library, operators);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.DoesNotContain(lines, line => line.StartsWith("FAIL", StringComparison.Ordinal));
        Assert.True(lines.Count(line => line.StartsWith("ok", StringComparison.Ordinal)) >= leastCases, output);
    }
}
