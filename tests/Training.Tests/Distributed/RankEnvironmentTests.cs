using DynamicRcnn.Training.Distributed;
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
        Assert.Equal((TimeSpan.FromMinutes(30), false, 0), (place.Timeout, place.HasAgentStore, place.Attempt));
    }

    [Fact]
    public void A_store_that_torchrun_serves_is_known_with_its_attempt()
    {
        RankEnvironment place = Of(
            ("TORCHELASTIC_USE_AGENT_STORE", "True"),
            ("TORCHELASTIC_RESTART_COUNT", "2"),
            ("DRCNN_RANK_TIMEOUT", "90")
        )!;
        Assert.Equal((TimeSpan.FromSeconds(90), true, 2), (place.Timeout, place.HasAgentStore, place.Attempt));
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
    [InlineData("DRCNN_RANK_TIMEOUT", "0")]
    public void What_is_missing_or_no_number_is_named(string name, string value)
    {
        RunException error = Assert.Throws<RunException>(() => Of((name, value)));
        Assert.Equal(RunFault.Request, error.Fault);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains(value.Trim(), error.Message, StringComparison.Ordinal);
    }

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
