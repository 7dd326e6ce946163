using Xunit;

namespace DynamicRcnn.Training.Tests.Distributed;

/// <summary>What goes over NCCL where there is a GPU, driven by a stand-in.</summary>
public sealed class NcclTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Sums_and_copies_are_the_same_for_all(int size)
    {
        (float[] Floats, double[] Doubles, double[] Copy)[] ranks = RankThreads.Run(
            size,
            group =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                torch.Tensor floats = torch.full([1000], 0.1f + group.Rank, torch.ScalarType.Float32);
                torch.Tensor doubles = torch.arange(5, torch.ScalarType.Float64) * (group.Rank + 1);
                torch.Tensor copy =
                    torch.arange(6, torch.ScalarType.Float64).view(2, 3).transpose(0, 1) * (1 - group.Rank);
                group.Sum(floats);
                group.Sum(doubles);
                group.CopyFromFirst([copy]);
                return (ops.to_array<float>(floats), ops.to_array<double>(doubles), ops.to_array<double>(copy));
            },
            over: StandInNccl.ForAll
        );
        int sum = size * (size + 1) / 2;
        Assert.All(
            ranks,
            rank =>
            {
                Assert.Equal(ranks[0].Floats, rank.Floats);
                Assert.Equal(Enumerable.Range(0, size).Sum(each => 0.1 + each), rank.Floats[999], 1e-5);
                Assert.Equal([0, sum, 2 * sum, 3 * sum, 4 * sum], rank.Doubles);
                Assert.Equal([0, 3, 1, 4, 2, 5], rank.Copy);
            }
        );
    }

    [Fact]
    public void What_NCCL_refuses_ends_all_with_its_words()
    {
        string[] ends = RankThreads.Run(
            2,
            group =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                group.Sum(torch.ones(3));
                if (group.Rank == 1)
                {
                    StandInNccl.Refuse(1);
                }
                return Assert.Throws<PeerFailureException>(() => group.Sum(torch.ones(3))).Message;
            },
            waits: false,
            over: StandInNccl.ForAll
        );
        Assert.All(ends, end => Assert.EndsWith("NCCL: internal error", end, StringComparison.Ordinal));
        Assert.StartsWith("rank 1 of 2", ends[0], StringComparison.Ordinal);
        Assert.Equal(ends[0], ends[1]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void A_rank_that_fails_wakes_those_that_wait_for_it_in_NCCL(int size)
    {
        string[] ends = RankThreads.Run(
            size,
            group =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                group.Sum(torch.ones(3));
                if (group.Rank == 1)
                {
                    group.Fail("the disk is full");
                    return "failed";
                }
                return Assert.Throws<PeerFailureException>(() => group.Sum(torch.ones(3))).Message;
            },
            waits: false,
            over: StandInNccl.ForAll
        );
        string expected = $"rank 1 of {size}: the disk is full";
        Assert.Equal(Enumerable.Range(0, size).Select(rank => rank == 1 ? "failed" : expected), ends);
    }

    [Fact]
    public void Where_one_rank_has_no_NCCL_all_go_by_way_of_the_host()
    {
        float[][] sums = RankThreads.Run(
            2,
            group =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                torch.Tensor own = torch.ones(3) * (group.Rank + 1);
                group.Sum(own);
                return ops.to_array<float>(own);
            },
            over: host => host.Rank == 1 ? StandInNccl.On(host, () => null) : StandInNccl.ForAll(host)
        );
        Assert.All(sums, sum => Assert.Equal([3, 3, 3], sum));
    }
}
