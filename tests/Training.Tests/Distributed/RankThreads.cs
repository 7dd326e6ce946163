using System.Net;
using System.Net.Sockets;
using Xunit;

namespace DynamicRcnn.Training.Tests.Distributed;

/// <summary>Ranks of a job as threads of this process: the same sockets and the same sums as those of processes, but quick to start.</summary>
internal static class RankThreads
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);

    /// <summary>Skips a test where several ranks cannot train together.</summary>
    public static void Require()
    {
        if (ProcessGroup.Problem is { } problem)
        {
            Assert.Skip(problem);
        }
    }

    /// <summary>Runs the same on all ranks and gives their results in order.</summary>
    /// <param name="size">Ranks.</param>
    /// <param name="body">What each does.</param>
    /// <param name="waits">Whether the ranks wait for each other at the end; not where one of them fails.</param>
    /// <param name="heartbeat">How long a rank may be silent; null: as long as it may be waited for.</param>
    /// <param name="over">What goes another way than over Gloo; null: nothing.</param>
    public static T[] Run<T>(
        int size,
        Func<ProcessGroup, T> body,
        bool waits = true,
        TimeSpan? heartbeat = null,
        Func<ICollectives, ICollectives>? over = null
    )
    {
        Require();
        int port = FreePort();
        Task<T>[] ranks =
        [
            .. Enumerable
                .Range(0, size)
                .Select(rank =>
                    Task.Factory.StartNew(
                        () => OfRank(rank, size, port, body, waits, heartbeat, over ?? (host => host)),
                        CancellationToken.None,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                ),
        ];
        return [.. ranks.Select(rank => rank.GetAwaiter().GetResult())];
    }

    private static T OfRank<T>(
        int rank,
        int size,
        int port,
        Func<ProcessGroup, T> body,
        bool waits,
        TimeSpan? heartbeat,
        Func<ICollectives, ICollectives> over
    )
    {
        RankEnvironment place = new(
            rank,
            size,
            rank,
            size,
            "127.0.0.1",
            port,
            patience,
            heartbeat ?? patience,
            HasAgentStore: false,
            Attempt: 0
        );
        using ProcessGroup group = ProcessGroup.Join(place, over);
        try
        {
            T result = body(group);
            if (waits)
            {
                group.Wait();
            }
            return result;
        }
        catch (Exception error) when (error is not PeerFailureException)
        {
            group.Fail(error.Message);
            throw;
        }
    }

    internal static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
