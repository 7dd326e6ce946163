using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests.Distributed;

/// <summary>What goes over NCCL where there is a GPU, driven by a stand-in between threads; <see cref="NcclProcessTests"/> drives it between processes.</summary>
public sealed class NcclTests
{
    [Fact]
    public void The_host_does_not_wait_for_what_the_stream_has_to_do_before()
    {
        (float Before, float After)[] ranks = RankThreads.Run(
            2,
            group =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                torch.Tensor values = torch.ones(3) * (group.Rank + 1);
                group.Sum(values); // NCCL is open
                StandInNccl.Synchronise();
                using ManualResetEventSlim signal = new();
                nint side = StandInNccl.NewStream();
                StandInNccl.Hold(side, signal);
                StandInNccl.Follow(stream: 0, other: side);
                group.Sum(values);
                float before = ops.to_array<float>(values)[0];
                signal.Set();
                StandInNccl.Synchronise();
                return (before, ops.to_array<float>(values)[0]);
            },
            over: StandInNccl.ForAll
        );
        Assert.All(ranks, rank => Assert.Equal((3, 6), rank));
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

    [Fact]
    public void Ranks_that_have_the_same_GPU_are_told_so_before_NCCL_is_opened()
    {
        string[] ends = RankThreads.Run(
            3,
            group =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                return Assert.Throws<RunException>(() => group.Sum(torch.ones(3))).Message;
            },
            over: host =>
                StandInNccl.On(
                    host,
                    () => new NcclLibrary(0), // none of its functions can be called
                    gpu: host.Rank == 2 ? 1 : host.Rank
                )
        );
        Assert.All(
            ends,
            end =>
                Assert.StartsWith(
                    "ranks 1 and 2 of 3 have the same GPU, expected one for each",
                    end,
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public void A_communicator_is_not_freed_under_a_call()
    {
        int misuses = StandInNccl.Misuses;
        string[] ends = RankThreads.Run(
            2,
            group =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                group.Sum(torch.ones(3)); // NCCL is open
                if (group.Rank == 1)
                {
                    group.Fail("the disk is full");
                    return "failed";
                }
                return Assert
                    .Throws<PeerFailureException>(() =>
                    {
                        // One of them is within its call when the failure is heard of.
                        for (int times = 0; times < 100; times++)
                        {
                            StandInNccl.Delay(TimeSpan.FromMilliseconds(100));
                            group.Sum(torch.ones(3));
                        }
                    })
                    .Message;
            },
            waits: false,
            over: StandInNccl.ForAll
        );
        Assert.Equal(["rank 1 of 2: the disk is full", "failed"], ends);
        Assert.Equal(misuses, StandInNccl.Misuses);
    }

    [Fact]
    public void One_that_does_not_come_to_NCCL_is_waited_for_until_the_job_ends()
    {
        string[] ends = RankThreads.Run(
            2,
            group =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                return Assert.Throws<PeerFailureException>(() => group.Sum(torch.ones(3))).Message;
            },
            waits: false,
            over: host => host.Rank == 1 ? new FailsWhenOpened(host) : StandInNccl.ForAll(host)
        );
        Assert.All(ends, end => Assert.Contains("out of memory", end, StringComparison.Ordinal));
    }

    /// <summary>Takes part in what is settled before NCCL is opened, and then fails.</summary>
    private sealed class FailsWhenOpened(ICollectives host) : ICollectives
    {
        public int Rank => host.Rank;

        public int Size => host.Size;

        public void AllReduce(torch.Tensor values)
        {
            byte[] own = new byte[1 + GpuIdentity.Length];
            own[0] = 1;
            host.AllGather(own);
            host.AllGather(new byte[NcclLibrary.UniqueId.Length]);
            throw new CollectiveException("out of memory");
        }

        public void Broadcast(torch.Tensor values, int root) => host.Broadcast(values, root);

        public byte[] AllGather(ReadOnlySpan<byte> own) => host.AllGather(own);

        public void Barrier() => host.Barrier();

        public void Abort() => host.Abort();

        public void Dispose() => host.Dispose();
    }
}
