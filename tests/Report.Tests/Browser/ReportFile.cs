namespace DynamicRcnn.Report.Tests.Browser;

/// <summary>A report on the disk, as a reader opens it.</summary>
internal sealed class ReportFile : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), $"drcnn-report-{Guid.NewGuid():N}.html");

    public ReportFile(params RecordedRun[] runs) =>
        RunReport.Write(path, RunSource.Open([.. runs.Select(run => run.Path)]));

    public Uri Address => new(path);

    public long Length => new FileInfo(path).Length;

    public void Dispose() => File.Delete(path);
}
