namespace DynamicRcnn.Cli.Tests;

/// <summary>Tests that have an empty folder each.</summary>
public abstract class InFolder : IDisposable
{
    private protected readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => folder.Dispose();
}
