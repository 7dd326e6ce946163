using System.Text;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Report;

/// <summary>Reports of training runs. They need the runs' folders and nothing else: no data set, no libtorch, no network.</summary>
public static class RunReport
{
    /// <summary>Writes one HTML file that opens with no network, with all runs side by side.</summary>
    /// <param name="path">Replaced in one step if it is there.</param>
    /// <param name="runs">From <see cref="RunSource.Open"/>.</param>
    /// <exception cref="RunException">A file of a run is damaged.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<RunSource> runs) => AtomicFile.WriteText(path, Page(runs));

    /// <summary>The same as a text.</summary>
    /// <exception cref="RunException">A file of a run is damaged.</exception>
    public static string Page(IReadOnlyList<RunSource> runs) => ReportPage.Of(ReportJson.Of(runs));

    /// <summary>The page of the live view and what it asks for, as the runs are now.</summary>
    /// <exception cref="RunException">A file of a run is damaged.</exception>
    public static LiveContent Live(IReadOnlyList<RunSource> runs)
    {
        ReportJson content = ReportJson.Of(runs);
        return new LiveContent(Encoding.UTF8.GetBytes(ReportPage.Live(content)), content.Data, content.Pictures);
    }
}

/// <summary>What the live view serves.</summary>
/// <param name="Page">HTML with the runs as they were.</param>
/// <param name="Data">JSON: everything but pictures.</param>
/// <param name="Pictures">JSON: the panel's pictures.</param>
public sealed record LiveContent(byte[] Page, byte[] Data, byte[] Pictures);
