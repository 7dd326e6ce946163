using DynamicRcnn.CommandLine;
using DynamicRcnn.Training;

namespace DynamicRcnn.Cli;

/// <summary>drcnn train, by this process alone, as one process of a job, or as the one that starts the others.</summary>
internal static class TrainJob
{
    /// <param name="options">Of the command line.</param>
    /// <param name="arguments">The command line itself, which the processes of a job are started with.</param>
    /// <param name="terminal">Where it speaks.</param>
    public static void Run(TrainOptions options, string[] arguments, Terminal terminal)
    {
        RankEnvironment? place = RankEnvironment.Current();
        bool starts = options.Processes > 1 && !RankLauncher.IsLaunched;
        if (starts && place is not null)
        {
            throw new UsageException([
                $"train: --processes starts the processes of a job, but RANK {place.Rank} of WORLD_SIZE {place.Size} is in the environment "
                    + "already; leave --processes out, or the variables",
            ]);
        }

        RankEnvironment? started =
            starts ? RankLauncher.OnThisMachine(options.Processes!.Value)
            : place?.Starts > 1 ? place
            : null;
        if (started is not null && ProcessGroup.Problem is { } problem)
        {
            throw new UsageException([$"train: {problem}"]);
        }

        if (started is not null)
        {
            RankLauncher.Run(arguments, started, terminal);
        }
        else if (place is null)
        {
            TrainCommand.Run(options, terminal, ProcessGroup.Alone);
        }
        else
        {
            Join(options, place, terminal);
        }
    }

    private static void Join(TrainOptions options, RankEnvironment place, Terminal terminal)
    {
        using ProcessGroup group = ProcessGroup.Join(place);
        using PeerWatch watch = new(group, terminal.Errors);
        try
        {
            // The first process speaks for all of them.
            TrainCommand.Run(options, group.IsFirst ? terminal : Terminal.Silent, group);
            group.Wait();
        }
        catch (Exception error) when (error is not PeerFailureException)
        {
            group.Fail(Failure.Sentence(error));
            throw;
        }
    }
}
