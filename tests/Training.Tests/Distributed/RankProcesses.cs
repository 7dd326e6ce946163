using System.Diagnostics;

namespace DynamicRcnn.Training.Tests.Distributed;

/// <summary>What a rank left behind.</summary>
internal sealed record RankEnd(int ExitCode, string Said, string Errors);

/// <summary>Ranks of a job as processes that run <see cref="RankProgram"/>.</summary>
internal static class RankProcesses
{
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(5);

    /// <summary>Starts all ranks and waits for their ends, in their order.</summary>
    /// <param name="size">Ranks.</param>
    /// <param name="name">What each does.</param>
    internal static RankEnd[] Run(int size, string name)
    {
        RankThreads.Require();
        StandInNccl.Require();
        int port = RankThreads.FreePort();
        Task<RankEnd>[] ranks = [.. Enumerable.Range(0, size).Select(rank => Start(rank, size, port, name))];
        return [.. ranks.Select(rank => rank.GetAwaiter().GetResult())];
    }

    private static async Task<RankEnd> Start(int rank, int size, int port, string name)
    {
        ProcessStartInfo start = new("dotnet", [typeof(RankProcesses).Assembly.Location, RankProgram.Argument, name])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            (string variable, string value) in new[]
            {
                ("RANK", $"{rank}"),
                ("WORLD_SIZE", $"{size}"),
                ("MASTER_ADDR", "127.0.0.1"),
                ("MASTER_PORT", $"{port}"),
                ("DRCNN_RANK_TIMEOUT", $"{patience.TotalSeconds:F0}"),
            }
        )
        {
            start.Environment[variable] = value;
        }
        using Process process = Process.Start(start)!;
        using CancellationTokenSource late = new(patience);
        try
        {
            Task<string> said = process.StandardOutput.ReadToEndAsync(late.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(late.Token);
            await process.WaitForExitAsync(late.Token);
            return new RankEnd(process.ExitCode, await said, await errors);
        }
        finally
        {
            process.Kill();
        }
    }
}
