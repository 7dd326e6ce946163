using DynamicRcnn.CommandLine;
using DynamicRcnn.Training;

namespace DynamicRcnn.Cli;

/// <summary>
/// Ends this process when another one of the job is gone and the training thread does not come around to notice: in a long evaluation, or in a
/// call to a driver that will not return. What is on the disk stays whole: files are written beside their place and moved there.
/// </summary>
internal sealed class PeerWatch : IDisposable
{
    private static readonly TimeSpan interval = TimeSpan.FromSeconds(1);

    /// <summary>The training thread notices at its next exchange, and ends in good order.</summary>
    private static readonly TimeSpan grace = TimeSpan.FromSeconds(5);
    private readonly ManualResetEventSlim stopped = new();
    private readonly Thread thread;

    /// <param name="group">Left after this object is disposed.</param>
    /// <param name="errors">Where the reason is said.</param>
    public PeerWatch(ProcessGroup group, TextWriter errors)
    {
        thread = new Thread(() => Watch(group, errors)) { IsBackground = true, Name = "peers" };
        thread.Start();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stopped.Set();
        thread.Join();
        stopped.Dispose();
    }

    private void Watch(ProcessGroup group, TextWriter errors)
    {
        string? verdict = null;
        while (verdict is null)
        {
            if (stopped.Wait(interval))
            {
                return;
            }

            verdict = group.Verdict;
        }

        if (!stopped.Wait(grace))
        {
            errors.WriteLine($"drcnn: {verdict}");
            errors.Flush();
            ProcessEnd.Now(ExitCode.PeerFailed);
        }
    }
}
