using DynamicRcnn.Tests;

namespace DynamicRcnn.Model.Tests.Operators;

/// <summary>Runs kernels/gpu/check.py without a GPU: the C functions of the CUDA kernels, as Python calls them, on the CPU.</summary>
public sealed class DeviceCheckTests
{
    private const int LeastChecks = 100;

    [Fact]
    public void The_check_for_GPUs_finds_no_fault_in_the_CUDA_kernels_where_they_run_on_the_CPU()
    {
        string folder = Path.Combine(Repository.Folder(), "artifacts", "native-build");
        if (!File.Exists(Path.Combine(folder, "libdrcnn_kernels_shim.so")))
        {
            Assert.Skip("libdrcnn_kernels_shim is not built; run: dotnet fsi build.fsx kernel-tests");
        }
        string json = Path.GetTempFileName();
        try
        {
            string[] arguments =
            [
                .. "--device cpu --repeats 3 --rounds 1 --json".Split(' '),
                json,
                "--built",
                AppContext.BaseDirectory,
                folder,
            ];
            string output = Python.RunFile(["torchvision"], "../kernels/gpu/check.py", arguments);
            string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.DoesNotContain(lines, line => line.StartsWith("FAIL", StringComparison.Ordinal));
            Assert.Contains("checks, 0 failed", lines[^1], StringComparison.Ordinal);
            Assert.True(int.Parse(lines[^1].Split(' ')[0]) >= LeastChecks, output);
            Assert.StartsWith("{\n \"failed\": 0,", File.ReadAllText(json), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(json);
        }
    }
}
