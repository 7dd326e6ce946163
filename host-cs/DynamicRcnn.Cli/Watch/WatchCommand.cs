using DynamicRcnn.CommandLine;
using DynamicRcnn.Report;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>drcnn watch: the report of runs that go on, served on this machine until a signal ends it.</summary>
internal static class WatchCommand
{
    /// <exception cref="RunException">A folder holds no run, a file of it is damaged, or the port is taken.</exception>
    public static void Run(WatchOptions options, Terminal terminal)
    {
        using StopSignal stop = new(static _ => { }, "request");
        RunSources runs = new(RunSource.Open(options.Runs));
        WatchServer.Run(options.Port, runs, terminal.Output, stop.Token).GetAwaiter().GetResult();
    }
}
