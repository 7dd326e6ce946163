using System.Diagnostics;
using DynamicRcnn.CommandLine;

namespace DynamicRcnn.Cli;

/// <summary>One rank that <see cref="RankLauncher"/> started, and what it said of its failure.</summary>
internal sealed class RankProcess : IDisposable
{
    private const string Name = "drcnn: ";
    private const int SignalCodes = 128;
    private readonly int rank;
    private readonly Process process;
    private readonly List<string> said = [];
    private readonly Action<string> warn;

    private RankProcess(int rank, Process process, Action<string> warn)
    {
        this.rank = rank;
        this.process = process;
        this.warn = warn;
        Ended = Watch();
    }

    /// <summary>Its exit code, once it has ended and everything that it said was read.</summary>
    public Task<int> Ended { get; }

    /// <summary>The exit code of one that has ended.</summary>
    public int Code => Ended.Result;

    /// <summary>When it ended.</summary>
    public DateTime EndedAt => process.ExitTime;

    /// <summary>Whether it has ended with a failure. One that still runs has not.</summary>
    public bool HasFailed => Ended.IsCompleted && Code != ExitCode.Done;

    /// <summary>What it said of its failure; empty: nothing.</summary>
    public string Sentence => said.Count > 0 ? string.Join('\n', said)[Name.Length..] : "";

    /// <param name="rank">Its place.</param>
    /// <param name="start">How it is started; input and errors are redirected.</param>
    /// <param name="warn">Told what rank 0 says beside a failure.</param>
    public static RankProcess Start(int rank, ProcessStartInfo start, Action<string> warn) =>
        new(rank, Process.Start(start)!, warn);

    /// <summary>Asks it to stop after the current step.</summary>
    public void Stop() => process.StandardInput.Close();

    /// <summary>Why it failed, with its exit code.</summary>
    public RankException Failure()
    {
        if (said.Count > 0)
        {
            return new RankException(Code, rank == 0 ? Sentence : $"rank {rank}: {Sentence}");
        }

        string end = Code > SignalCodes ? $"was ended by signal {Code - SignalCodes}" : $"ended with exit code {Code}";
        return new RankException(ExitCode.RunFailed, $"rank {rank} {end} and said nothing; the others were ended too");
    }

    /// <summary>Ends it if it still runs.</summary>
    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }

    private async Task<int> Watch()
    {
        while (await process.StandardError.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (said.Count > 0 || line.StartsWith(Name, StringComparison.Ordinal))
            {
                said.Add(line);
            }
            else if (rank == 0)
            {
                warn(line);
            }
        }

        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode;
    }
}
