using System.Globalization;
using System.Security.Cryptography;
using DynamicRcnn.Core;

namespace DynamicRcnn.Training.Tests.Distributed;

/// <summary>What a process does that is one rank of a job of the tests. Its floating tensors go over the stand-in for NCCL.</summary>
internal static class RankProgram
{
    /// <summary>The first argument of such a process; what it does is the second one.</summary>
    internal const string Argument = "rank";

    /// <summary>The exit code where another rank failed.</summary>
    internal const int PeerFailed = 5;

    /// <summary>Steps of a training.</summary>
    internal const int Iterations = 3;

    /// <summary>The exit code of one that ends without a word.</summary>
    internal const int Gone = 9;

    private static readonly Dictionary<string, Func<ProcessGroup, string>> bodies = new()
    {
        ["sums"] = Sums,
        ["trains"] = Trains,
        ["is refused"] = IsRefused,
        ["fails"] = group => Leaves(group, () => group.Fail("the disk is full")),
        ["is gone"] = group => Leaves(group, () => ProcessEnd.Now(Gone)),
    };

    internal static int Run(string name)
    {
        using ProcessGroup group = ProcessGroup.Join(RankEnvironment.Current()!, StandInNccl.Read);
        try
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Console.Write(bodies[name](group));
            group.Wait();
            return StandInNccl.Misuses == 0 ? 0 : throw new InvalidOperationException("NCCL was misused");
        }
        catch (PeerFailureException error)
        {
            Console.Write(error.Message);
            return PeerFailed;
        }
    }

    /// <summary>Numbers whose order of summation shows, more than the stand-in moves at once, and a copy whose memory is in another order.</summary>
    private static string Sums(ProcessGroup group)
    {
        torch.Tensor floats = torch.full([100_000], 0.1f + group.Rank, torch.ScalarType.Float32);
        torch.Tensor doubles = torch.arange(5, torch.ScalarType.Float64) * (group.Rank + 1);
        torch.Tensor copy = torch.arange(6, torch.ScalarType.Float64).view(2, 3).transpose(0, 1) * (1 - group.Rank);
        group.Sum(floats);
        group.Sum(doubles);
        group.CopyFromFirst([copy]);
        double[][] said =
        [
            [ops.to_array<float>(floats)[^1]],
            ops.to_array<double>(doubles),
            ops.to_array<double>(copy),
        ];
        return string.Join(
                '|',
                said.Select(numbers =>
                    string.Join(' ', numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)))
                )
            ) + $"|{Digest(ops.to_bytes(floats))}";
    }

    private static string Trains(ProcessGroup group)
    {
        SharedStepTests.Trained trained = SharedStepTests.Train(group, Iterations, poisoned: false);
        byte[] weights =
        [
            .. trained
                .Values.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .SelectMany(pair => pair.Value)
                .SelectMany(BitConverter.GetBytes),
        ];
        return $"{CheckpointText.Write(trained.State)}|{Digest(weights)}";
    }

    private static string IsRefused(ProcessGroup group)
    {
        group.Sum(torch.ones(3));
        if (group.Rank == 1)
        {
            StandInNccl.Refuse(1);
        }
        group.Sum(torch.ones(3));
        return $"{group.Any(false)}";
    }

    /// <summary>The last rank leaves while the others wait for it in NCCL.</summary>
    private static string Leaves(ProcessGroup group, Action leave)
    {
        group.Sum(torch.ones(3));
        if (group.Rank == group.Size - 1)
        {
            leave();
        }
        else
        {
            group.Sum(torch.ones(3));
        }
        return $"{group.Any(false)}";
    }

    private static string Digest(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}
