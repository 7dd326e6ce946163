using System.Text;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests.Distributed;

public sealed class ProcessGroupTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void All_ranks_hold_the_same_sum(int size)
    {
        float[][] sums = RankThreads.Run(
            size,
            group =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                torch.Tensor own = torch.full([1000], 0.1f + group.Rank, torch.ScalarType.Float32);
                group.Sum(own);
                return ops.to_array<float>(own);
            }
        );
        Assert.Equal(Enumerable.Range(0, size).Sum(rank => 0.1 + rank), sums[0][999], 1e-5);
        Assert.All(sums, sum => Assert.Equal(sums[0], sum));
    }

    [Fact]
    public void Numbers_and_bytes_are_gathered_in_the_order_of_the_ranks()
    {
        var gathered = RankThreads.Run(
            3,
            group =>
                (
                    group.Gather([(double)group.Rank, 0.5]),
                    group.Gather(Encoding.UTF8.GetBytes(new string('x', group.Rank))),
                    group.FromFirst($"of {group.Rank}"),
                    group.Any(group.Rank == 2),
                    group.Any(false)
                )
        );
        foreach (var (numbers, bytes, text, any, none) in gathered)
        {
            Assert.Equal([0, 1, 2], numbers.Select(row => row[0]));
            Assert.All(numbers, row => Assert.Equal(0.5, row[1]));
            Assert.Equal([0, 1, 2], bytes.Select(each => each.Length));
            Assert.Equal("of 0", text);
            Assert.True(any);
            Assert.False(none);
        }
    }

    [Fact]
    public void Tensors_of_the_first_rank_reach_all_whatever_their_order_in_memory()
    {
        float[][] copies = RankThreads.Run(
            2,
            group =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                torch.Tensor own =
                    torch.arange(6, torch.ScalarType.Float32).view(2, 3).transpose(0, 1) * (1 - group.Rank);
                group.CopyFromFirst([own]);
                return ops.to_array<float>(own);
            }
        );
        Assert.Equal([0, 3, 1, 4, 2, 5], copies[0]);
        Assert.Equal(copies[0], copies[1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_rank_that_fails_ends_the_others_with_its_sentence(int failing)
    {
        string[] ends = RankThreads.Run(
            3,
            group =>
            {
                try
                {
                    group.Any(false); // all have joined
                    if (group.Rank == failing)
                    {
                        group.Fail("the disk is full");
                        return "failed";
                    }
                    group.Any(false);
                    return "nothing happened";
                }
                catch (PeerFailureException error)
                {
                    return error.Message;
                }
            },
            waits: false
        );
        string expected = $"rank {failing} of 3: the disk is full";
        Assert.Equal(Enumerable.Range(0, 3).Select(rank => rank == failing ? "failed" : expected), ends);
    }

    [Fact]
    public async Task One_that_cannot_join_says_why_to_all()
    {
        RankThreads.Require();
        TimeSpan patience = TimeSpan.FromSeconds(60);
        int port = RankThreads.FreePort();
        RankEnvironment first = new(
            0,
            2,
            0,
            2,
            "127.0.0.1",
            port,
            patience,
            patience,
            HasAgentStore: false,
            Attempt: 0
        );
        RankEnvironment second = first with { Rank = 1, LocalRank = 1, NetworkInterface = "no-such" };
        Task<PeerFailureException> heard = Task.Run(() =>
            Assert.Throws<PeerFailureException>(() => ProcessGroup.Join(first))
        );
        RunException failed = Assert.Throws<RunException>(() => ProcessGroup.Join(second));
        Assert.Contains(
            "GLOO_SOCKET_IFNAME names the network interface no-such",
            failed.Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("within", failed.Message, StringComparison.Ordinal);
        Assert.Equal($"rank 1 of 2: {failed.Message}", (await heard).Message);
    }

    [Fact]
    public void One_that_waits_in_vain_says_for_how_long()
    {
        RankThreads.Require();
        TimeSpan patience = TimeSpan.FromSeconds(1);
        RankEnvironment place = new(
            1,
            2,
            1,
            2,
            "127.0.0.1",
            RankThreads.FreePort(),
            patience,
            patience,
            HasAgentStore: false,
            Attempt: 0
        );
        RunException failed = Assert.Throws<RunException>(() => ProcessGroup.Join(place));
        Assert.StartsWith(
            $"rank 1 could not meet the other 1 at 127.0.0.1:{place.Port} within 1 s: ",
            failed.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_rank_that_computes_longer_than_the_heartbeat_is_waited_for()
    {
        TimeSpan heartbeat = TimeSpan.FromSeconds(2);
        bool[] heard = RankThreads.Run(
            2,
            group =>
            {
                if (group.Rank == 1)
                {
                    Thread.Sleep(1.5 * heartbeat);
                }
                return group.Any(group.Rank == 1);
            },
            heartbeat: heartbeat
        );
        Assert.Equal([true, true], heard);
    }
}
