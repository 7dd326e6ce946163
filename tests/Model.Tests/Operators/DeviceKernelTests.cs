using System.Diagnostics;

namespace DynamicRcnn.Model.Tests.Operators;

/// <summary>The kernels of the CPU under the sanitizers, and the CUDA kernels, as far as they can be tested without a GPU.</summary>
public sealed class DeviceKernelTests
{
    private const string Compiler = "clang++-14";

    /// <summary>Of shapes for each kernel; <c>dotnet fsi build.fsx sanitize</c> draws 2,000.</summary>
    private const string Draws = "10";

    [Theory]
    [InlineData("plain")]
    [InlineData("avx2")]
    [InlineData("avx512")]
    [InlineData("avx512_bf16")]
    public void Each_instruction_set_gives_what_the_plain_forms_give_on_hostile_shapes_and_touches_no_foreign_memory(
        string instructionSet
    )
    {
        string program = Path.Combine(Repository.Folder(), "artifacts", "native-build", "drcnn_kernel_tests");
        if (!File.Exists(program))
        {
            Assert.Skip("drcnn_kernel_tests is not built; run: dotnet fsi build.fsx kernel-tests");
        }
        (int exitCode, string output) = Run(program, instructionSet, Draws);
        if (output.Contains("is not what this processor has", StringComparison.Ordinal))
        {
            Assert.Skip($"this processor has no {instructionSet}");
        }
        Assert.True(exitCode == 0, output);
        string last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        string expected = instructionSet.Split('_')[0]; // avx512_bf16 is avx512 without AMX
        Assert.StartsWith(expected + ": ", last, StringComparison.Ordinal);
        Assert.EndsWith(", 0 failures", last, StringComparison.Ordinal);
        Assert.True(int.Parse(last.Split(' ')[1]) >= 4000, output);
    }

    [Fact]
    public void An_instruction_set_that_does_not_exist_is_named_in_one_sentence()
    {
        string program = Path.Combine(Repository.Folder(), "artifacts", "native-build", "drcnn_kernel_tests");
        if (!File.Exists(program))
        {
            Assert.Skip("drcnn_kernel_tests is not built; run: dotnet fsi build.fsx kernel-tests");
        }
        (int exitCode, string output) = Run(program, "sse9");
        Assert.Equal(1, exitCode);
        Assert.StartsWith(
            "DRCNN_CPU_ISA=sse9 is not an instruction set: expected plain",
            output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_CUDA_kernels_compile_to_device_code()
    {
        if (!File.Exists("/usr/bin/" + Compiler))
        {
            Assert.Skip($"{Compiler} is missing (Debian: clang-14).");
        }
        string source = Path.Combine(Repository.Folder(), "kernels", "tests", "device_code.cu");
        string options =
            "-x cuda --cuda-gpu-arch=sm_80 -nocudainc -nocudalib --cuda-device-only -std=c++17 -O1 -S -o /dev/stdout";
        string include = "-I" + Path.Combine(Repository.Folder(), "kernels", "include");
        (int exitCode, string output) = Run(Compiler, null, [.. options.Split(' '), include, source]);
        Assert.True(exitCode == 0, output);
        // Random keys; NMS: groups, boxes of three types, two kernels in two; RoIAlign's footprints in two, its three others in four; the
        // deformable convolution's four in two.
        Assert.Equal(1 + (1 + 3 + (2 * 2)) + (2 + (3 * 4)) + (4 * 2), output.Split(".visible .entry").Length - 1);
    }

    private static (int ExitCode, string Output) Run(string program, string? instructionSet, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The sanitizer has to be the first library; an allocator put before it would not be.
        start.Environment.Remove("LD_PRELOAD");
        if (instructionSet is not null)
        {
            start.Environment["DRCNN_CPU_ISA"] = instructionSet;
        }
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + errors.Result);
    }
}
