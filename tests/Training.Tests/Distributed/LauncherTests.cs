using Xunit;

namespace DynamicRcnn.Training.Tests.Distributed;

/// <summary>The environment that each program gives a process that it starts, and the place that it means.</summary>
public sealed class LauncherTests
{
    /// <summary>One process of a job: what it finds in its environment, and what it has to make of it.</summary>
    /// <remarks>The environment is NAME=VALUE by spaces. Where it has to start several processes itself the place is that of the first.</remarks>
    private sealed record Started(
        string Environment,
        int Rank,
        int Size,
        int LocalRank,
        int LocalSize,
        string Address,
        int Port,
        int Starts = 1
    );

    private static readonly Dictionary<string, Started> all = new()
    {
        ["torchrun"] = new(
            "RANK=3 WORLD_SIZE=8 LOCAL_RANK=1 LOCAL_WORLD_SIZE=2 GROUP_RANK=1 MASTER_ADDR=node0 MASTER_PORT=29500 "
                + "TORCHELASTIC_RUN_ID=a TORCHELASTIC_RESTART_COUNT=0 TORCHELASTIC_USE_AGENT_STORE=True",
            Rank: 3,
            Size: 8,
            LocalRank: 1,
            LocalSize: 2,
            "node0",
            29500
        ),
        ["by hand"] = new("RANK=1 WORLD_SIZE=2 MASTER_ADDR=node0 MASTER_PORT=29500", 1, 2, 0, 1, "node0", 29500),
        ["Open MPI"] = new(
            "OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2 PMIX_RANK=3 "
                + "MASTER_ADDR=node0 MASTER_PORT=29500",
            3,
            4,
            1,
            2,
            "node0",
            29500
        ),
        ["Open MPI in a job of SLURM"] = new(
            "OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2 "
                + "SLURM_JOB_ID=1234 SLURM_JOB_NODELIST=gpu[07-08] SLURM_PROCID=0 SLURM_NTASKS=4",
            3,
            4,
            1,
            2,
            "gpu07",
            13234
        ),
        ["MPICH, Intel MPI"] = new(
            "PMI_RANK=2 PMI_SIZE=4 MPI_LOCALRANKID=0 MPI_LOCALNRANKS=2 MASTER_ADDR=node0 MASTER_PORT=29500",
            2,
            4,
            0,
            2,
            "node0",
            29500
        ),
        ["MPICH without places on the machine"] = new(
            "PMI_RANK=2 PMI_SIZE=4 MASTER_ADDR=node0 MASTER_PORT=29500",
            2,
            4,
            0,
            1,
            "node0",
            29500
        ),
        ["srun with its PMI2 plugin"] = new(
            "PMI_RANK=5 PMI_SIZE=8 SLURM_JOB_ID=41234 SLURM_STEP_ID=0 SLURM_PROCID=5 SLURM_NTASKS=8 SLURM_STEP_NUM_TASKS=8 "
                + "SLURM_LOCALID=1 SLURM_NTASKS_PER_NODE=4 SLURM_JOB_NODELIST=gpu[03-04]",
            5,
            8,
            1,
            4,
            "gpu03",
            13234
        ),
        ["SLURM with a meeting point"] = new(
            "SLURM_PROCID=5 SLURM_NTASKS=8 SLURM_LOCALID=1 SLURM_NTASKS_PER_NODE=4 MASTER_ADDR=node0 MASTER_PORT=29500",
            5,
            8,
            1,
            4,
            "node0",
            29500
        ),
        ["srun"] = new(
            "SLURM_JOB_ID=41234 SLURM_STEP_ID=0 SLURM_PROCID=5 SLURM_NTASKS=8 SLURM_STEP_NUM_TASKS=8 SLURM_LOCALID=1 "
                + "SLURM_NTASKS_PER_NODE=4 SLURM_JOB_NODELIST=gpu[03-04,09] SLURM_STEP_NODELIST=gpu[04,09]",
            5,
            8,
            1,
            4,
            "gpu04",
            13234
        ),
        ["srun, a step smaller than its job"] = new(
            "SLURM_JOB_ID=41234 SLURM_STEP_ID=1 SLURM_PROCID=1 SLURM_NTASKS=16 SLURM_STEP_NUM_TASKS=2 SLURM_LOCALID=1 SLURM_NODEID=0 "
                + "SLURM_NTASKS_PER_NODE=8 SLURM_TASKS_PER_NODE=8(x2) SLURM_STEP_TASKS_PER_NODE=2 "
                + "SLURM_JOB_NODELIST=gpu[03-04] SLURM_STEP_NODELIST=gpu04",
            1,
            2,
            1,
            2,
            "gpu04",
            13234
        ),
        ["srun on unequal machines, with a meeting point"] = new(
            "SLURM_PROCID=9 SLURM_NTASKS=16 SLURM_STEP_NUM_TASKS=11 SLURM_LOCALID=1 SLURM_NODEID=2 SLURM_NTASKS_PER_NODE=8 "
                + "SLURM_STEP_TASKS_PER_NODE=4(x2),3 MASTER_ADDR=node0 MASTER_PORT=29500",
            9,
            11,
            1,
            3,
            "node0",
            29500
        ),
        ["Kubernetes, an indexed Job"] = new(
            "JOB_COMPLETION_INDEX=1 WORLD_SIZE=2 MASTER_ADDR=train-0.train MASTER_PORT=29500",
            1,
            2,
            0,
            1,
            "train-0.train",
            29500
        ),
        ["Kubeflow Trainer"] = new(
            "PET_NNODES=2 PET_NPROC_PER_NODE=4 PET_NODE_RANK=1 PET_MASTER_ADDR=train-node-0-0.train PET_MASTER_PORT=29400 "
                + "JOB_COMPLETION_INDEX=1",
            4,
            8,
            0,
            4,
            "train-node-0-0.train",
            29400,
            Starts: 4
        ),
        ["Kubeflow Trainer, one process a machine"] = new(
            "PET_NNODES=2 PET_NPROC_PER_NODE=1 PET_NODE_RANK=1 PET_MASTER_ADDR=a PET_MASTER_PORT=29400",
            1,
            2,
            0,
            1,
            "a",
            29400
        ),
        ["torchrun in Kubeflow Trainer"] = new(
            "PET_NNODES=2 PET_NPROC_PER_NODE=4 PET_NODE_RANK=1 PET_MASTER_ADDR=a PET_MASTER_PORT=29400 "
                + "RANK=5 WORLD_SIZE=8 LOCAL_RANK=1 LOCAL_WORLD_SIZE=4 MASTER_ADDR=a MASTER_PORT=29400",
            5,
            8,
            1,
            4,
            "a",
            29400
        ),
    };

    public static TheoryData<string> Launchers => [.. all.Keys];

    [Theory]
    [MemberData(nameof(Launchers))]
    public void A_process_finds_its_place(string launcher)
    {
        Started started = all[launcher];
        Dictionary<string, string> variables = started
            .Environment.Split(' ')
            .Select(pair => pair.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        RankEnvironment place = RankEnvironment.Of(variables.GetValueOrDefault)!;
        Assert.Equal(
            (started.Rank, started.Size, started.LocalRank, started.LocalSize, started.Starts),
            (place.Rank, place.Size, place.LocalRank, place.LocalSize, place.Starts)
        );
        Assert.Equal((started.Address, started.Port), (place.Address, place.Port));
    }

    [Fact]
    public void Jobs_of_the_same_machines_have_names_of_their_own()
    {
        RankEnvironment place = new(0, 2, 0, 1, "a", 29500, default, default, HasAgentStore: false, Attempt: 0);
        RankEnvironment[] others =
        [
            place with
            {
                Size = 4,
            },
            place with
            {
                Port = 29501,
            },
            place with
            {
                Attempt = 1,
            },
            place with
            {
                Job = "77.0",
            },
        ];
        Assert.Equal(JobName.Of(place), JobName.Of(place with { Rank = 1, Address = "localhost" }));
        Assert.All(others, other => Assert.NotEqual(JobName.Of(place), JobName.Of(other)));
    }
}
