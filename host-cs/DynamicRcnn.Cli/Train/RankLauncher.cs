using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DynamicRcnn.CommandLine;

namespace DynamicRcnn.Cli;

/// <summary>
/// Starts this program several times on this machine, as the ranks of a job. Rank 0 writes to this process's output. When one fails all end.
/// </summary>
internal static class RankLauncher
{
    private const string Variable = "DRCNN_LAUNCHER";

    /// <summary>The others end by themselves when they hear of a failure; whoever has not is ended.</summary>
    private static readonly TimeSpan grace = TimeSpan.FromSeconds(5);

    /// <summary>Whether this process was started by another one that does this.</summary>
    public static bool IsLaunched => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 };

    /// <summary>Runs the ranks to their end.</summary>
    /// <param name="arguments">This program's, which they get too.</param>
    /// <param name="count">How many; at least 2.</param>
    /// <param name="terminal">Where the failure of one is said.</param>
    /// <exception cref="RankException">One of them failed.</exception>
    public static void Run(string[] arguments, int count, Terminal terminal)
    {
        int port = FreePort();
        List<RankProcess> ranks = [];
        try
        {
            using var stop = new StopSignal(static _ => { });
            for (int rank = 0; rank < count; rank++)
            {
                ranks.Add(RankProcess.Start(rank, Start(arguments, rank, count, port), terminal.Errors.WriteLine));
            }

            using CancellationTokenRegistration told = stop.Token.Register(() => ranks.ForEach(rank => rank.Stop()));
            Wait([.. ranks.Select(rank => rank.Ended)]);
            RankProcess[] failed = [.. ranks.Where(rank => rank.HasFailed)];
            if (failed.Length > 0)
            {
                throw Cause(failed).Failure();
            }
        }
        finally
        {
            ranks.ForEach(rank => rank.Dispose());
        }
    }

    /// <summary>Waits for all, but no longer than the grace once one has failed.</summary>
    private static void Wait(Task<int>[] ends)
    {
        List<Task<int>> running = [.. ends];
        while (running.Count > 0)
        {
            Task<int> ended = Task.WhenAny(running).GetAwaiter().GetResult();
            running.Remove(ended);
            if (ended.Result != ExitCode.Done)
            {
                Task.WaitAll([.. running], grace);
                return;
            }
        }
    }

    /// <summary>The first one that did not end for another one's sake; where several say the same, the lowest of them.</summary>
    private static RankProcess Cause(RankProcess[] failed)
    {
        RankProcess first = failed
            .Where(rank => rank.Code != ExitCode.PeerFailed)
            .OrderBy(rank => rank.EndedAt)
            .FirstOrDefault(failed[0]);
        return failed.First(rank => rank.Sentence == first.Sentence);
    }

    private static ProcessStartInfo Start(string[] arguments, int rank, int count, int port)
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        string[] own = isHost ? [typeof(RankLauncher).Assembly.Location] : [];
        var start = new ProcessStartInfo(program, [.. own, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        int threads = Math.Max(1, Environment.ProcessorCount / count);
        (string Name, int Value)[] variables =
        [
            ("RANK", rank),
            ("WORLD_SIZE", count),
            ("LOCAL_RANK", rank),
            ("LOCAL_WORLD_SIZE", count),
            ("MASTER_PORT", port),
            (Variable, Environment.ProcessId),
        ];
        foreach ((string name, int value) in variables)
        {
            start.Environment[name] = value.ToString(CultureInfo.InvariantCulture);
        }

        start.Environment["MASTER_ADDR"] = IPAddress.Loopback.ToString();
        // Before --threads is read libtorch would take as many as there are cores, in each rank.
        start.Environment.TryAdd("OMP_NUM_THREADS", threads.ToString(CultureInfo.InvariantCulture));

        return start;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
