using System.Diagnostics;
using DynamicRcnn.Torch.Tests.Surface;
using Xunit;

namespace DynamicRcnn.Torch.Tests.Operators;

/// <summary>The operators of the CPU under the sanitizers, and the CUDA kernels, as far as they can be tested without a GPU.</summary>
public sealed class DeviceKernelTests
{
    private const string Compiler = "clang++-14";

    [Fact]
    public void The_operators_and_the_blocks_of_the_CUDA_kernels_give_the_same_on_hostile_shapes_and_touch_no_foreign_memory()
    {
        string program = Path.Combine(Repository.Folder(), "artifacts", "native-build", "drcnn_device_tests");
        if (!File.Exists(program))
        {
            Assert.Skip("drcnn_device_tests is not built; run: dotnet fsi build.fsx device-tests");
        }
        (int exitCode, string output) = Run(program);
        Assert.True(exitCode == 0, output);
        Assert.Contains(", 0 failures", output, StringComparison.Ordinal);
        int checks = int.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Split(' ')[0]);
        Assert.True(checks >= 4000, output);
    }

    [Fact]
    public void Their_blocks_compile_to_device_code()
    {
        if (!File.Exists("/usr/bin/" + Compiler))
        {
            Assert.Skip($"{Compiler} is missing (Debian: clang-14).");
        }
        string source = Path.Combine(Repository.Folder(), "kernels", "tests", "device_code.cu");
        string options =
            "-x cuda --cuda-gpu-arch=sm_80 -nocudainc -nocudalib --cuda-device-only -std=c++17 -O1 -S -o /dev/stdout";
        (int exitCode, string output) = Run(Compiler, [.. options.Split(' '), source]);
        Assert.True(exitCode == 0, output);
        // Random keys, the groups of NMS, seven kernels in two types, RoIAlign's three in three.
        Assert.Equal(2 + (7 * 2) + (3 * 3), output.Split(".visible .entry").Length - 1);
    }

    private static (int ExitCode, string Output) Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The sanitizer has to be the first library; an allocator put before it would not be.
        start.Environment.Remove("LD_PRELOAD");
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + errors.Result);
    }
}
