using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Training;

namespace DynamicRcnn.Cli;

/// <summary>
/// Starts this program several times on this machine, as ranks of a job. Rank 0 writes to this process's output. When one fails all end.
/// </summary>
internal static class RankLauncher
{
    private const string Variable = "DRCNN_LAUNCHER";

    /// <summary>The others end by themselves when they hear of a failure; whoever has not is ended.</summary>
    private static readonly TimeSpan grace = TimeSpan.FromSeconds(5);

    /// <summary>Whether this process was started by another one that does this.</summary>
    public static bool IsLaunched => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 };

    /// <summary>The places of a job on this machine alone, which meets at a free port.</summary>
    /// <param name="count">How many processes; at least 2.</param>
    public static RankEnvironment OnThisMachine(int count) =>
        new(
            Rank: 0,
            Size: count,
            LocalRank: 0,
            LocalSize: count,
            $"{IPAddress.Loopback}",
            FreePort(),
            TimeSpan.Zero,
            TimeSpan.Zero,
            HasAgentStore: false,
            Attempt: 0,
            Starts: count
        );

    /// <summary>Runs this machine's ranks of a job to their end.</summary>
    /// <param name="arguments">This program's, which they get too.</param>
    /// <param name="places">The first of them, and how many there are.</param>
    /// <param name="terminal">Where the failure of one is said.</param>
    /// <exception cref="RankException">One of them failed.</exception>
    public static void Run(string[] arguments, RankEnvironment places, Terminal terminal)
    {
        List<RankProcess> ranks = [];
        try
        {
            using var stop = new StopSignal(static _ => { }, "step");
            for (int local = 0; local < places.Starts; local++)
            {
                ProcessStartInfo start = Start(arguments, places, local);
                ranks.Add(RankProcess.Start(places.Rank + local, start, terminal.Errors.WriteLine));
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

    private static ProcessStartInfo Start(string[] arguments, RankEnvironment places, int local)
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        string[] own = isHost ? [typeof(RankLauncher).Assembly.Location] : [];
        var start = new ProcessStartInfo(program, [.. own, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        int threads = Math.Max(1, Environment.ProcessorCount / places.Starts);
        (string Name, int Value)[] variables =
        [
            ("RANK", places.Rank + local),
            ("WORLD_SIZE", places.Size),
            ("LOCAL_RANK", local),
            ("LOCAL_WORLD_SIZE", places.Starts),
            ("MASTER_PORT", places.Port),
            (Variable, Environment.ProcessId),
        ];
        foreach ((string name, int value) in variables)
        {
            start.Environment[name] = value.ToString(CultureInfo.InvariantCulture);
        }

        start.Environment["MASTER_ADDR"] = places.Address;
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
