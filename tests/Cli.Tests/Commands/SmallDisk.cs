using System.Runtime.Versioning;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>A file system in memory with little room. Only root can mount one; a test of another user is skipped.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SmallDisk : IDisposable
{
    private const int Block = 4_096;
    private readonly TemporaryFolder folder;

    private SmallDisk(TemporaryFolder folder) => this.folder = folder;

    public string Root => folder.Path("disk");

    /// <param name="options">Of tmpfs, such as size=1m.</param>
    public static SmallDisk Mount(string options)
    {
        var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Path("disk"));
        string reason = Environment.IsPrivilegedProcess
            ? ProcessRun.Of("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder.Path("disk")]).Errors
            : "only root mounts";
        if (reason.Length > 0)
        {
            folder.Dispose();
            Assert.Skip($"needs a small file system in memory: {reason.Trim()}");
        }

        return new SmallDisk(folder);
    }

    /// <summary>Fills the disk but for some bytes.</summary>
    /// <returns>The file that takes the room.</returns>
    public string Fill(long leave)
    {
        string filler = Path.Combine(Root, "filler");
        using FileStream file = File.Create(filler, bufferSize: 0);
        byte[] block = new byte[Block];
        for (long free = new DriveInfo(Root).AvailableFreeSpace - leave; free >= Block; free -= Block)
        {
            file.Write(block);
        }

        return filler;
    }

    public void Dispose()
    {
        ProcessRun.Of("umount", [Root]);
        folder.Dispose();
    }
}
