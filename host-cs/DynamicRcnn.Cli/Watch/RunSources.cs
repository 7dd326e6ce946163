using System.Security.Cryptography;
using DynamicRcnn.Report;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>The runs of the live view, and what is served of them, made anew when one of them has grown. May be asked from any thread.</summary>
internal sealed class RunSources(IReadOnlyList<RunSource> runs)
{
    private readonly Lock turn = new();
    private WatchedContent? current;

    /// <summary>The runs as they are now.</summary>
    /// <exception cref="RunException">A file of a run is damaged.</exception>
    internal WatchedContent Now()
    {
        lock (turn)
        {
            bool changed = false;
            foreach (RunSource run in runs)
            {
                changed |= run.Update();
            }
            if (changed || current is null)
            {
                LiveContent content = RunReport.Live(runs);
                current = new WatchedContent(content, TagOf(content.Data), TagOf(content.Pictures));
            }
            return current;
        }
    }

    private static string TagOf(byte[] content) => $"\"{Convert.ToHexString(SHA256.HashData(content).AsSpan(0, 16))}\"";
}

/// <summary>What is served, with the tags by which a browser knows that it has it already.</summary>
internal sealed record WatchedContent(LiveContent Content, string DataTag, string PicturesTag);
