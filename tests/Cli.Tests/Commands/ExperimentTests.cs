using System.Text.Json;
using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>drcnn experiment: a plan's runs, once each, and what is made of them.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class ExperimentTests(TrainedRun trained) : InFolder
{
    private const string Plan = """
        {
          "preset": "tiny-demo",
          "set": ["solver.iterations=3", "solver.warmupIterations=2", "solver.milestones=[]", "dynamic.updateInterval=1",
                  "evaluation.interval=3", "evaluation.panelImages=1", "run.threads=2"],
          "seeds": [1, 2],
          "arms": [
            { "name": "fixed", "set": ["dynamic.moveThreshold=false", "dynamic.moveBeta=false", "dynamic.initialIoU=0.5"] },
            { "name": "both" }
          ]
        }
        """;

    private string Out => folder.Path("experiment");

    [Fact]
    public void A_part_now_and_the_rest_later_make_one_table_and_no_run_is_trained_twice()
    {
        string first = Drcnn.Succeed([.. Arguments(), "--seeds", "1"]);
        Assert.Contains("run 1 of 2: fixed-seed1\n", first, StringComparison.Ordinal);
        Assert.Contains("2 of 4 runs are finished", first, StringComparison.Ordinal);
        byte[] log = File.ReadAllBytes(Path.Combine(Out, "both-seed1", "log.jsonl"));

        string second = Drcnn.Succeed(Arguments());
        Assert.Contains("run 2 of 4: both-seed1 is finished", second, StringComparison.Ordinal);
        Assert.Contains("4 of 4 runs are finished", second, StringComparison.Ordinal);
        Assert.Equal(log, File.ReadAllBytes(Path.Combine(Out, "both-seed1", "log.jsonl")));

        using JsonDocument results = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Out, "results.json")));
        Assert.Equal(
            ["fixed 1", "both 1", "fixed 2", "both 2"],
            results
                .RootElement.EnumerateArray()
                .Select(run => $"{run.GetProperty("arm").GetString()} {run.GetProperty("seed").GetInt32()}")
        );
        using JsonDocument evaluation = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(Out, "fixed-seed2", "evaluation", "iteration-0000003.json"))
        );
        Assert.Equal(
            evaluation.RootElement.GetProperty("figures").GetProperty("AP").GetDouble(),
            results.RootElement[2].GetProperty("AP").GetDouble()
        );
        Assert.Equal(0.5, results.RootElement[2].GetProperty("iou_threshold").GetDouble());
        Assert.Equal(4, File.ReadAllLines(Path.Combine(Out, "results.md")).Length);
        Assert.Equal(
            results.RootElement[2].GetProperty("AP").GetDouble(),
            results.RootElement[2].GetProperty("ap_by_iou").EnumerateArray().Average(ap => ap.GetDouble()),
            tolerance: 1e-12
        );
        string report = File.ReadAllText(Path.Combine(Out, "report.html"));
        Assert.Contains("\"name\":\"fixed-seed1\",\"iteration\":3,", report, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"both-seed1\",\"iteration\":3,", report, StringComparison.Ordinal);
        Assert.DoesNotContain("seed2\",\"iteration\"", report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_other_settings_is_refused_before_anything_is_trained()
    {
        string run = Path.Combine(Out, "both-seed1");
        trained.CopyOfRun(run);
        Drcnn.Refuse(
            ExitCode.BadUsage,
            [Path.Combine(run, "config.json"), "expected the plan's", "--out"],
            Arguments()
        );
        Assert.False(Directory.Exists(Path.Combine(Out, "fixed-seed1")));
    }

    [Fact]
    public void Arms_and_seeds_that_the_plan_lacks_are_named_with_what_it_has()
    {
        Drcnn.Refuse(ExitCode.BadUsage, ["--arms none", "fixed, both"], [.. Arguments(), "--arms", "fixed,none"]);
        Drcnn.Refuse(ExitCode.BadUsage, ["--seeds 7", "1, 2"], [.. Arguments(), "--seeds", "7"]);
    }

    private string[] Arguments()
    {
        string plan = folder.Path("plan.json");
        File.WriteAllText(plan, Plan);
        return ["experiment", plan, "--data", trained.Data, "--out", Out];
    }
}
