using System.Diagnostics;
using Xunit;

namespace DynamicRcnn.Torch.Tests.Operators;

/// <summary>Runs parity.py: our operators and torchvision's in one Python process, on random and hostile inputs.</summary>
public sealed class TorchvisionParityTests
{
    private const string Python = "/usr/bin/python3";

    [Theory]
    [InlineData("roi_align", 100)]
    [InlineData("deform_conv2d", 154)]
    [InlineData("nms", 20)]
    public void Operators_equal_torchvisions(string operators, int leastCases)
    {
        if (!File.Exists(Python) || Run("-c", "import torchvision").ExitCode != 0)
        {
            Assert.Skip($"needs python3-torchvision for {Python} (apt-get install python3-torchvision)");
        }
        (int exitCode, string output) = Run(Script(), Path.Combine(AppContext.BaseDirectory, "libdrcnn.so"), operators);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.DoesNotContain(lines, line => line.StartsWith("FAIL", StringComparison.Ordinal));
        Assert.True(exitCode == 0, output);
        Assert.True(lines.Count(line => line.StartsWith("ok", StringComparison.Ordinal)) >= leastCases, output);
    }

    private static string Script()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "DynamicRcnn.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }
        return Path.Combine(folder!, "tests", "Torch.Tests", "Operators", "parity.py");
    }

    private static (int ExitCode, string Output) Run(params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
