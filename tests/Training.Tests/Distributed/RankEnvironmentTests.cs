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
    public void Open_MPI_names_a_place_with_variables_of_its_own()
    {
        RankEnvironment place = OnlyOf(
            ("OMPI_COMM_WORLD_RANK", "3"),
            ("OMPI_COMM_WORLD_SIZE", "4"),
            ("OMPI_COMM_WORLD_LOCAL_RANK", "1"),
            ("OMPI_COMM_WORLD_LOCAL_SIZE", "2"),
            ("MASTER_ADDR", "node-0"),
            ("MASTER_PORT", "29500")
        )!;
        Assert.Equal((3, 4, 1, 2), (place.Rank, place.Size, place.LocalRank, place.LocalSize));
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
    public void SLURM_names_a_place_where_a_meeting_point_is_given()
    {
        (string, string)[] slurm =
        [
            ("SLURM_PROCID", "5"),
            ("SLURM_NTASKS", "8"),
            ("SLURM_LOCALID", "1"),
            ("SLURM_NTASKS_PER_NODE", "4"),
        ];
        Assert.Null(OnlyOf(slurm));
        RankEnvironment place = OnlyOf([.. slurm, ("MASTER_ADDR", "node-0"), ("MASTER_PORT", "29500")])!;
        Assert.Equal((5, 8, 1, 4), (place.Rank, place.Size, place.LocalRank, place.LocalSize));
    }

    [Fact]
    public void The_index_of_a_Kubernetes_job_is_a_rank_where_its_size_is_given()
    {
        Assert.Null(OnlyOf(("JOB_COMPLETION_INDEX", "1")));
        RankEnvironment place = OnlyOf(
            ("JOB_COMPLETION_INDEX", "1"),
            ("WORLD_SIZE", "2"),
            ("MASTER_ADDR", "train-0.train"),
            ("MASTER_PORT", "29500")
        )!;
        Assert.Equal((1, 2, 0, 1), (place.Rank, place.Size, place.LocalRank, place.LocalSize));
    }

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
