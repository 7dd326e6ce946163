using Xunit;

namespace DynamicRcnn.Cli.Tests.Train;

public sealed class MemoryLimitTests : InFolder
{
    private const long Mebibyte = 1 << 20;

    public MemoryLimitTests()
    {
        folder.Write("proc/meminfo", "MemTotal: 9000000 kB\nMemAvailable: 8192000 kB\n");
        folder.Write("proc/self/status", "Name: drcnn\nVmRSS:    102400 kB\n");
    }

    [Fact]
    public void Without_groups_it_is_what_the_machine_has_free_and_the_process_has_already() =>
        Assert.Equal(
            new MemoryLimit(8100 * Mebibyte, folder.Path("proc/meminfo")),
            MemoryLimit.Read(folder.Path("."))! with
            {
                Source = folder.Path("proc/meminfo"),
            }
        );

    [Fact]
    public void Of_groups_of_version_2_the_tightest_counts_less_what_others_in_it_use()
    {
        folder.Write("proc/self/cgroup", "0::/job/step\n");
        folder.Write("sys/fs/cgroup/job/step/memory.max", "max\n");
        folder.Write("sys/fs/cgroup/job/memory.max", $"{2000 * Mebibyte}\n");
        folder.Write("sys/fs/cgroup/job/memory.stat", $"anon {400 * Mebibyte}\nfile 1\n");
        MemoryLimit limit = MemoryLimit.Read(folder.Path("."))!;
        Assert.Equal(1700 * Mebibyte, limit.Bytes);
        Assert.EndsWith("job/memory.max", limit.Source, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_groups_of_version_1_the_one_of_memory_counts_and_in_a_container_its_mount()
    {
        folder.Write("proc/self/cgroup", "4:cpu:/x\n3:memory:/docker/abc\n");
        folder.Write("sys/fs/cgroup/memory/memory.limit_in_bytes", $"{512 * Mebibyte}\n");
        MemoryLimit limit = MemoryLimit.Read(folder.Path("."))!;
        Assert.Equal(512 * Mebibyte, limit.Bytes);
        folder.Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        Assert.Equal(8100 * Mebibyte, MemoryLimit.Read(folder.Path("."))!.Bytes);
    }

    [Fact]
    public void Where_nothing_says_there_is_none() => Assert.Null(MemoryLimit.Read(folder.Path("nowhere")));
}
