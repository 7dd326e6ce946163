using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests.Runs;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("drcnn-atomic-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_and_nothing_else()
    {
        string path = OldFile();
        Assert.Throws<IOException>(() =>
            AtomicFile.Write(
                path,
                stream =>
                {
                    stream.Write("ne"u8);
                    throw new IOException("disk full");
                }
            )
        );
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(root));
    }

    [Fact]
    public void A_write_that_succeeds_replaces_the_old_file()
    {
        string path = OldFile();
        AtomicFile.Write(path, stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(root));
    }

    private string OldFile()
    {
        string path = Path.Combine(root, "result.json");
        File.WriteAllText(path, "old");
        return path;
    }
}
