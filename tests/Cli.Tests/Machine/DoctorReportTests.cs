using Xunit;

namespace DynamicRcnn.Cli.Tests.Machine;

public sealed class DoctorReportTests
{
    private static readonly DoctorReport Healthy = new(
        "0.1.0",
        "10.0.1 in /usr/share/dotnet",
        HasJpegLibrary: true,
        PartState.Ready("1.13.0 in /usr/lib"),
        PartState.Ready("avx2"),
        HasCudaOperators: false,
        SeesCudaDevice: false,
        ProcessesProblem: null,
        Threads: 2,
        WaitPolicy: "passive",
        new MachineReport(
            "Fast One",
            ["avx2"],
            2,
            8_000_000_000,
            6_000_000_000,
            "/usr/lib/libtcmalloc_minimal.so.4",
            []
        ),
        "/home/me",
        50_000_000_000
    );

    [Fact]
    public void A_machine_with_every_part_is_ready_and_gets_no_advice()
    {
        string[] lines = Lines(Healthy);
        Assert.Equal("ready: this machine can train, evaluate and predict", lines[^1]);
        Assert.DoesNotContain(lines, line => line.StartsWith("advice", StringComparison.Ordinal));
        Assert.Contains("threads    2 of 2 cores, OMP_WAIT_POLICY=passive", lines);
        Assert.Contains("kernels    avx2", lines);
    }

    [Fact]
    public void A_missing_part_decides_the_verdict_and_says_what_helps()
    {
        DoctorReport report = Healthy with
        {
            Libtorch = PartState.Missing("libtorch is not installed; run: apt-get ..."),
        };
        Assert.False(report.IsReady);
        Assert.Equal("not ready: libtorch is not installed; run: apt-get ...", Lines(report)[^1]);
        Assert.Contains("libtorch   missing", Lines(report));
    }

    [Fact]
    public void A_missing_library_of_JPEG_is_said_and_no_obstacle()
    {
        DoctorReport report = Healthy with { HasJpegLibrary = false };
        Assert.True(report.IsReady);
        Assert.Contains(
            Lines(report),
            line => line.StartsWith("images     JPEG by ImageSharp", StringComparison.Ordinal)
        );
        string advice = Assert.Single(Lines(report), line => line.StartsWith("advice", StringComparison.Ordinal));
        Assert.Contains("libdrcnn_image.so", advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_several_processes_cannot_train_it_is_said_and_no_obstacle()
    {
        Assert.Contains("processes  one or several, over Gloo", Lines(Healthy));
        DoctorReport report = Healthy with { ProcessesProblem = "several processes need Gloo" };
        Assert.True(report.IsReady);
        Assert.Contains("processes  one", Lines(report));
        Assert.Contains("advice     several processes need Gloo", Lines(report));
    }

    [Fact]
    public void What_makes_steps_slower_is_advice_and_no_obstacle()
    {
        DoctorReport report = Healthy with
        {
            WaitPolicy = null,
            Machine = Healthy.Machine with { Allocator = "system (glibc)" },
            FreeDiskBytes = 1,
        };
        Assert.True(report.IsReady);
        Assert.Equal(3, Lines(report).Count(line => line.StartsWith("advice", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(false, false, "CPU", "libtorch sees no GPU")]
    [InlineData(true, false, "CPU and CUDA", "libtorch sees no GPU")]
    [InlineData(false, true, "CPU", "the operators are built for the CPU alone")]
    [InlineData(true, true, "CPU and CUDA", null)]
    public void A_GPU_that_a_run_could_not_use_is_advice(bool built, bool seen, string operators, string? advice)
    {
        string[] lines = Lines(
            Healthy with
            {
                HasCudaOperators = built,
                SeesCudaDevice = seen,
                Machine = Healthy.Machine with { Gpus = ["Fast GPU"] },
            }
        );
        Assert.Contains($"operators  {operators}", lines);
        string[] given = [.. lines.Where(line => line.StartsWith("advice", StringComparison.Ordinal))];
        Assert.Equal(advice is null ? 0 : 1, given.Length);
        Assert.All(given, line => Assert.Contains(advice!, line, StringComparison.Ordinal));
    }

    private static string[] Lines(DoctorReport report)
    {
        var output = new StringWriter();
        report.Write(output);
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
