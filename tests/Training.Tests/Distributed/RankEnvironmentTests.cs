using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests.Distributed;

public sealed class RankEnvironmentTests
{
    private static readonly Dictionary<string, string> complete = new()
    {
        ["RANK"] = "3",
        ["WORLD_SIZE"] = "8",
        ["LOCAL_RANK"] = "1",
        ["LOCAL_WORLD_SIZE"] = "2",
        ["MASTER_ADDR"] = "node-0",
        ["MASTER_PORT"] = "29500",
    };

    [Fact]
    public void The_variables_of_torchrun_name_a_place()
    {
        RankEnvironment place = Of([])!;
        Assert.Equal((3, 8, 1, 2), (place.Rank, place.Size, place.LocalRank, place.LocalSize));
        Assert.Equal(("node-0", 29500), (place.Address, place.Port));
        Assert.Equal((TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(1)), (place.Timeout, place.Heartbeat));
        Assert.Equal((false, 0), (place.HasAgentStore, place.Attempt));
    }

    [Fact]
    public void A_store_that_torchrun_serves_is_known_with_its_attempt()
    {
        RankEnvironment place = Of(
            ("TORCHELASTIC_USE_AGENT_STORE", "True"),
            ("TORCHELASTIC_RESTART_COUNT", "2"),
            ("DRCNN_RANK_TIMEOUT", "90"),
            ("DRCNN_HEARTBEAT", "0")
        )!;
        Assert.Equal((TimeSpan.FromSeconds(90), TimeSpan.Zero), (place.Timeout, place.Heartbeat));
        Assert.Equal((true, 2), (place.HasAgentStore, place.Attempt));
    }

    [Fact]
    public void Without_a_rank_and_in_a_job_of_one_a_process_trains_alone()
    {
        Assert.Null(RankEnvironment.Of(name => name == "MASTER_ADDR" ? "node-0" : null));
        Assert.Null(Of(("WORLD_SIZE", "1"), ("RANK", "0")));
    }

    [Fact]
    public void Local_places_may_be_missing()
    {
        RankEnvironment place = Of(("LOCAL_RANK", ""), ("LOCAL_WORLD_SIZE", ""))!;
        Assert.Equal((0, 1), (place.LocalRank, place.LocalSize));
    }

    [Theory]
    [InlineData("RANK", "")]
    [InlineData("WORLD_SIZE", "")]
    [InlineData("MASTER_ADDR", " ")]
    [InlineData("MASTER_PORT", "")]
    [InlineData("RANK", "8")]
    [InlineData("RANK", "-1")]
    [InlineData("WORLD_SIZE", "eight")]
    [InlineData("WORLD_SIZE", "0")]
    [InlineData("LOCAL_RANK", "1.5")]
    [InlineData("MASTER_PORT", "70000")]
    [InlineData("LOCAL_RANK", "2")]
    [InlineData("DRCNN_RANK_TIMEOUT", "0")]
    [InlineData("DRCNN_HEARTBEAT", "soon")]
    public void What_is_missing_or_no_number_is_named(string name, string value)
    {
        RunException error = Assert.Throws<RunException>(() => Of((name, value)));
        Assert.Equal(RunFault.Request, error.Fault);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains(value.Trim(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Processes_of_Open_MPI_without_a_meeting_point_are_refused()
    {
        RunException error = Assert.Throws<RunException>(() =>
            OnlyOf(("OMPI_COMM_WORLD_RANK", "1"), ("OMPI_COMM_WORLD_SIZE", "4"))
        );
        Assert.Contains("MASTER_ADDR, MASTER_PORT", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Variables_that_are_about_where_nobody_starts_a_job_are_none()
    {
        // The script of a job of SLURM, before srun; a pod of a Job that trains alone.
        Assert.Null(
            OnlyOf(
                ("SLURM_JOB_ID", "77"),
                ("SLURM_JOB_NODELIST", "node[1-4]"),
                ("SLURM_PROCID", "0"),
                ("SLURM_NTASKS", "8"),
                ("SLURM_LOCALID", "0"),
                ("SLURM_NTASKS_PER_NODE", "4")
            )
        );
        Assert.Null(OnlyOf(("JOB_COMPLETION_INDEX", "1")));
    }

    [Theory]
    [InlineData("NPROC_PER_NODE")]
    [InlineData("PET_NPROC_PER_NODE")]
    public void Ranks_that_count_machines_are_refused(string name)
    {
        RunException error = Assert.Throws<RunException>(() => Of((name, "4"), ("LOCAL_RANK", "")));
        Assert.Contains($"{name} is '4'", error.Message, StringComparison.Ordinal);
        Assert.Contains("RANK and WORLD_SIZE count machines", error.Message, StringComparison.Ordinal);
        Assert.NotNull(Of((name, "1"), ("LOCAL_RANK", "")));
        Assert.NotNull(Of((name, "4")));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("0")]
    public void Kubeflows_number_of_processes_must_be_a_number(string value)
    {
        RunException error = Assert.Throws<RunException>(() =>
            OnlyOf(("PET_NODE_RANK", "0"), ("PET_NNODES", "2"), ("PET_NPROC_PER_NODE", value))
        );
        Assert.Contains($"PET_NPROC_PER_NODE is '{value}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4(x")]
    [InlineData("many")]
    [InlineData("0")]
    [InlineData("5")]
    public void SLURMs_tasks_of_a_machine_must_fit_the_step(string value)
    {
        RunException error = Assert.Throws<RunException>(() =>
            OnlyOf(
                ("SLURM_PROCID", "0"),
                ("SLURM_STEP_NUM_TASKS", "4"),
                ("SLURM_STEP_TASKS_PER_NODE", value),
                ("MASTER_ADDR", "node-0"),
                ("MASTER_PORT", "29500")
            )
        );
        Assert.Contains($"SLURM_STEP_TASKS_PER_NODE is '{value}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node0", "node0")]
    [InlineData("node0,node1", "node0")]
    [InlineData("node[0-3]", "node0")]
    [InlineData("rack1-node[03-07,12],gpu4", "rack1-node03")]
    [InlineData("a[2,5]b[07-09],c", "a2b07")]
    public void The_first_machine_of_SLURMs_list_is_the_meeting_point(string list, string first) =>
        Assert.Equal(first, SlurmNodes.First(list));

    [Fact]
    public void The_variables_of_torchrun_stand_above_those_of_what_started_it()
    {
        RankEnvironment place = Of(
            ("SLURM_PROCID", "1"),
            ("SLURM_NTASKS", "2"),
            ("OMPI_COMM_WORLD_RANK", "0"),
            ("OMPI_COMM_WORLD_SIZE", "1")
        )!;
        Assert.Equal((3, 8), (place.Rank, place.Size));
    }

    [Fact]
    public void Two_sizes_of_a_job_that_differ_are_refused()
    {
        RunException error = Assert.Throws<RunException>(() =>
            OnlyOf(
                ("WORLD_SIZE", "4"),
                ("SLURM_PROCID", "1"),
                ("SLURM_NTASKS", "2"),
                ("MASTER_ADDR", "node-0"),
                ("MASTER_PORT", "29500")
            )
        );
        Assert.Equal(
            "WORLD_SIZE is 4 in the environment, but SLURM_NTASKS is 2; expected the same, or one of them alone",
            error.Message
        );
    }

    private static RankEnvironment? OnlyOf(params (string Name, string Value)[] variables) =>
        RankEnvironment.Of(variables.ToDictionary(pair => pair.Name, pair => pair.Value).GetValueOrDefault);

    private static RankEnvironment? Of(params (string Name, string Value)[] changes)
    {
        Dictionary<string, string> variables = new(complete);
        foreach ((string name, string value) in changes)
        {
            variables[name] = value;
        }
        return RankEnvironment.Of(variables.GetValueOrDefault);
    }
}
