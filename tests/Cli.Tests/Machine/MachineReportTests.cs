using Xunit;

namespace DynamicRcnn.Cli.Tests.Machine;

public sealed class MachineReportTests : IDisposable
{
    private readonly TemporaryFolder proc = new();

    public void Dispose() => proc.Dispose();

    [Fact]
    public void The_report_says_what_the_kernel_says()
    {
        proc.Write("cpuinfo", "processor\t: 0\nmodel name\t: Fast One\nflags\t\t: sse avx avx2 avx512f avx512_bf16\n");
        proc.Write("meminfo", "MemTotal:       2048 kB\nMemAvailable:   1024 kB\n");
        proc.Write("self/maps", "7f00-7f10 r-xp 0 08:01 12   /usr/lib/libtcmalloc_minimal.so.4.5.10\n");
        proc.Write("driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA H200\n");
        MachineReport report = MachineReport.Read(proc.Root);
        Assert.Equal("Fast One", report.Processor);
        Assert.Equal(["avx2", "avx512f", "avx512_bf16"], report.Features);
        Assert.Equal(2048 * 1024, report.MemoryBytes);
        Assert.Equal(1024 * 1024, report.AvailableMemoryBytes);
        Assert.Equal("/usr/lib/libtcmalloc_minimal.so.4.5.10", report.Allocator);
        Assert.Equal(["NVIDIA H200"], report.Gpus);
    }

    [Fact]
    public void A_loaded_library_is_found_with_its_folder()
    {
        proc.Write("self/maps", "7f00-7f10 r-xp 0 08:01 12   /opt/torch/lib/libtorch_cpu.so.1.13\n");
        Assert.Equal("/opt/torch/lib", MachineReport.LoadedFrom("libtorch_cpu.so", proc.Root));
        Assert.Null(MachineReport.LoadedFrom("libother.so", proc.Root));
    }

    [Fact]
    public void A_kernel_that_tells_nothing_is_no_failure()
    {
        MachineReport report = MachineReport.Read(proc.Root);
        Assert.Equal("unknown", report.Processor);
        Assert.Empty(report.Features);
        Assert.Equal(0, report.MemoryBytes);
        Assert.Equal("system (glibc)", report.Allocator);
        Assert.Empty(report.Gpus);
    }
}
