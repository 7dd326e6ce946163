using System.Text.Json.Nodes;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>drcnn replay on a record that is made here, so that no detector is trained.</summary>
public sealed class ReplayTests : InFolder
{
    private const int Iterations = 250;

    [Fact]
    public void The_table_and_what_the_curves_are_worth_are_printed()
    {
        string output = Drcnn.Succeed("replay", Record("ProposalsOnly"), "--top-iou-count", "25,150");
        Assert.Contains("open-loop", output, StringComparison.Ordinal);
        Assert.Contains("give the recorded curve again, to the bit", output, StringComparison.Ordinal);
        Assert.Contains("a topIoUCount=25", output, StringComparison.Ordinal);
        Assert.Contains("b exact", output, StringComparison.Ordinal);
        Assert.Contains("250 iterations recorded", output, StringComparison.Ordinal);
        Assert.DoesNotContain("approximate", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_rule_is_approximate_and_the_output_says_why()
    {
        string output = Drcnn.Succeed("replay", Record("ProposalsOnly"), "--rule", "Official,MMDetection");
        Assert.Contains("a approximate: the run recorded the rule ProposalsOnly", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_curves_are_written_as_json_and_csv_and_drawn_on_the_reports_page()
    {
        string run = Record("MMDetection");
        string json = Path.Combine(run, "replay.json");
        string csv = Path.Combine(run, "replay.csv");
        string page = Path.Combine(folder.Root, "replay.html");
        Drcnn.Succeed("replay", run, "--update-interval", "50", "--json", json, "--csv", csv, "--report", page);
        JsonNode written = JsonNode.Parse(File.ReadAllText(json))!;
        Assert.True((bool)written["open_loop"]!);
        Assert.True((bool)written["equals_record"]!);
        Assert.Equal([1, 51, 101, 151, 201], Changes(written["curves"]![1]!));
        Assert.Equal(1 + 5, File.ReadAllLines(csv).Length);
        string drawn = File.ReadAllText(page);
        Assert.Contains("\"name\":\"MMDetection\"", drawn, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"a updateInterval=50\",\"iteration\":250,", drawn, StringComparison.Ordinal);
        Assert.Contains("\"iou_threshold\":{\"x\":[1,51,101,151,201,250]", drawn, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_replayed_is_one_sentence()
    {
        string run = Record("ProposalsOnly");
        Drcnn.Refuse(ExitCode.BadUsage, ["--top-iou-count", "x"], "replay", run, "--top-iou-count", "x");
        Drcnn.Refuse(ExitCode.BadUsage, ["at most 2000"], "replay", run, "--top-iou-count", "3000");
        Drcnn.Refuse(ExitCode.BadUsage, ["(dynamic.)"], "replay", run, "--set", "solver.iterations=3");
        Drcnn.Refuse(ExitCode.BadInput, ["config.json"], "replay", folder.Root);
        File.WriteAllText(Path.Combine(run, "statistics.bin"), "no record");
        Drcnn.Refuse(ExitCode.BadInput, ["statistics.bin", "no record of statistics"], "replay", run);
        File.Delete(Path.Combine(run, "statistics.bin"));
        Drcnn.Refuse(ExitCode.BadInput, ["statistics.bin"], "replay", run);
    }

    [Fact]
    public void It_works_as_a_process_without_libtorch()
    {
        Dictionary<string, string?> without = new() { ["DRCNN_LIBTORCH"] = folder.Root };
        ProcessRun run = ProcessRun.Of("dotnet", [Drcnn.Assembly, "replay", Record("Official")], without);
        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains("to the bit", run.Output, StringComparison.Ordinal);
    }

    private static int[] Changes(JsonNode curve) =>
        [.. curve["changes"]!.AsArray().Select(change => (int)change!["iteration"]!)];

    /// <summary>The folder of a run whose proposals get better.</summary>
    private string Record(string rule)
    {
        string run = Directory.CreateDirectory(Path.Combine(folder.Root, rule)).FullName;
        ResolvedConfig resolved = ConfigText
            .Resolve(new ConfigSources("r18-small", [], [$"dynamic.rule={rule}", "dynamic.updateInterval=100"], []))
            .Value;
        File.WriteAllText(Path.Combine(run, "config.json"), ConfigText.Write(resolved));
        DynamicConfig dynamic = resolved.Config.Dynamic;
        StatisticsHeader header = StatisticsFormat.HeaderOf(dynamic);
        using FileStream file = File.Create(Path.Combine(run, "statistics.bin"));
        file.Write(StatisticsFormat.WriteHeader(header));
        DynamicState state = DynamicTraining.Initial(dynamic);
        for (int iteration = 1; iteration <= Iterations; iteration++)
        {
            BatchRecord batch = GridStatistics.Record(dynamic, Raw(dynamic, header.Grid, iteration));
            file.Write(StatisticsFormat.WriteRecord(header, new StatisticsRecord(iteration, state.Setting, batch)));
            state = DynamicTraining.Step(dynamic, state, batch.Outcome);
        }
        return run;
    }

    private static RawGridStatistics Raw(DynamicConfig dynamic, StatisticsGrid grid, int iteration)
    {
        int[] topIoURanks = [dynamic.TopIoUCount, .. grid.TopIoUCounts];
        int[] lowErrorRanks = [dynamic.LowErrorCount, .. grid.LowErrorCounts];
        return new(
            grid,
            [.. topIoURanks.Select(rank => Math.Max(0, 0.9f - (rank / (100f + iteration))))],
            [.. lowErrorRanks.Select(rank => rank / (10f + iteration))],
            [1000],
            [3],
            [12],
            [40]
        );
    }
}
