using DynamicRcnn.Core;
using Xunit;

namespace DynamicRcnn.Training.Tests.Distributed;

/// <summary>Ranks as processes whose tensors go over a stand-in for NCCL.</summary>
public sealed class NcclProcessTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Sums_and_copies_are_the_same_for_all(int size)
    {
        RankEnd[] ends = RankProcesses.Run(size, "sums");
        Assert.All(ends, end => Assert.Equal((0, ""), (end.ExitCode, end.Errors)));
        Assert.All(ends, end => Assert.Equal(ends[0].Said, end.Said));
        string[] said = ends[0].Said.Split('|');
        double[] Numbers(int place) =>
            [
                .. said[place]
                    .Split(' ')
                    .Select(number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture)),
            ];
        int sum = size * (size + 1) / 2;
        Assert.Equal(Enumerable.Range(0, size).Sum(each => 0.1 + each), Numbers(0)[0], 1e-5);
        Assert.Equal([0, sum, 2 * sum, 3 * sum, 4 * sum], Numbers(1));
        Assert.Equal([0, 3, 1, 4, 2, 5], Numbers(2));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Ranks_hold_the_same_weights_after_a_training(int size)
    {
        RankEnd[] ends = RankProcesses.Run(size, "trains");
        Assert.All(ends, end => Assert.Equal((0, ""), (end.ExitCode, end.Errors)));
        Assert.All(ends, end => Assert.Equal(ends[0].Said, end.Said));
        SharedStepTests.Trained alone = SharedStepTests.Train(
            ProcessGroup.Alone,
            RankProgram.Iterations,
            poisoned: false
        );
        Assert.StartsWith($"{CheckpointText.Write(alone.State)}|", ends[0].Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void What_NCCL_refuses_ends_all_with_its_words(int size)
    {
        RankEnd[] ends = RankProcesses.Run(size, "is refused");
        Assert.All(ends, end => Assert.Equal((RankProgram.PeerFailed, ""), (end.ExitCode, end.Errors)));
        Assert.StartsWith($"rank 1 of {size}", ends[0].Said, StringComparison.Ordinal);
        Assert.All(ends, end => Assert.EndsWith("NCCL: internal error", end.Said, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void One_that_fails_ends_those_that_wait_for_it_in_NCCL(int size)
    {
        RankEnd[] ends = RankProcesses.Run(size, "fails");
        Assert.All(
            ends,
            end =>
                Assert.Equal(
                    (RankProgram.PeerFailed, $"rank {size - 1} of {size}: the disk is full", ""),
                    (end.ExitCode, end.Said, end.Errors)
                )
        );
    }

    [Fact]
    public void One_that_is_gone_ends_those_that_wait_for_it_in_NCCL()
    {
        const int Size = 4;
        RankEnd[] ends = RankProcesses.Run(Size, "is gone");
        Assert.Equal(RankProgram.Gone, ends[^1].ExitCode);
        Assert.All(
            ends.SkipLast(1),
            end =>
            {
                Assert.Equal((RankProgram.PeerFailed, ""), (end.ExitCode, end.Errors));
                Assert.StartsWith($"rank {Size - 1} of {Size} on ", end.Said, StringComparison.Ordinal);
                Assert.EndsWith("has ended and said nothing", end.Said, StringComparison.Ordinal);
            }
        );
    }
}
