using System.Text.Json;
using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>drcnn experiment --hours: seeds of a plan's arms for as long as there is time, and a verdict.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class RaceTests(TrainedRun trained) : InFolder
{
    private const int Iterations = 3;

    private string Out => folder.Path("race");

    private string State => Path.Combine(Out, "race.json");

    [Fact]
    public void A_stopped_race_goes_on_with_the_same_runs_and_ends_with_a_verdict_when_the_time_is_up()
    {
        ProcessRun stopped = SignalTests.RunUntil("preset tiny-demo", Arguments("1"), "TERM");
        Assert.True(stopped.ExitCode == 0, $"exit code {stopped.ExitCode}: {stopped.Errors}{stopped.Output}");
        Assert.Contains("measuring dynamic", stopped.Output, StringComparison.Ordinal);
        Assert.Contains(
            $"each run has {Iterations} of {Iterations} iterations",
            stopped.Output,
            StringComparison.Ordinal
        );
        Assert.Contains("the same command goes on", stopped.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Out, "pilot")));
        using (JsonDocument state = JsonDocument.Parse(File.ReadAllText(State)))
        {
            Assert.Equal(Iterations, state.RootElement.GetProperty("iterations").GetInt32());
            Assert.InRange(state.RootElement.GetProperty("seconds").GetDouble(), 0.5, 600);
        }

        // Of the hour a second is left: a round that is thought to be short is begun, and no second one.
        WriteState(Iterations, seconds: 3599, step: 1e-6);
        string ended = Drcnn.Succeed(Arguments("1"));
        Assert.Contains("round 1, 59 min 59 s of 1 h 00 min: fixed-seed1", ended, StringComparison.Ordinal);
        Assert.Equal(
            Enumerable.Range(1, Iterations),
            TrainTests.StepsOf(TrainTests.LogOf(Path.Combine(Out, "fixed-seed1")))
        );
        Assert.Contains("Nothing is sure: ", ended, StringComparison.Ordinal);
        Assert.Contains("one seed does not tell", ended, StringComparison.Ordinal);
        Assert.Contains(
            $"the long run: drcnn train --preset tiny-demo --data {trained.Data} --set ",
            ended,
            StringComparison.Ordinal
        );
        using JsonDocument results = JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, "results.json")));
        JsonElement race = results.RootElement.GetProperty("race");
        Assert.Contains(race.GetProperty("verdict").GetProperty("take").GetString()!, new[] { "fixed", "dynamic" });
        Assert.False(race.GetProperty("verdict").GetProperty("sure").GetBoolean());
        Assert.True(race.GetProperty("seconds_used").GetDouble() > 3599);
        Assert.Equal(2, results.RootElement.GetProperty("runs").GetArrayLength());
        string text = race.GetProperty("verdict").GetProperty("text").GetString()!;
        Assert.Contains(text, File.ReadAllText(Path.Combine(Out, "results.md")), StringComparison.Ordinal);

        // The time is up: nothing is trained, and the verdict stays.
        string again = Drcnn.Succeed(Arguments("1"));
        Assert.DoesNotContain("round", again, StringComparison.Ordinal);
        Assert.Contains(text, again, StringComparison.Ordinal);
    }

    [Fact]
    public void Time_that_is_too_short_is_refused_with_what_would_do()
    {
        Drcnn.Refuse(ExitCode.BadUsage, ["a fifth of it was over when 0 of 2 arms"], Arguments("0.00001"));
        WriteState(iterations: 0, seconds: 36, step: 10);
        // 2 arms, 3 seeds, one step of 10 s and 2 s beside it, and what was used: 108 s of 93 %.
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["--hours 0.02 is too short", "at least 1 iterations", "--hours 0.033 would do"],
            Arguments("0.02")
        );
        Assert.False(Directory.Exists(Path.Combine(Out, "fixed-seed1")));
    }

    [Fact]
    public void What_is_no_race_is_refused()
    {
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["comprae: there is no such file", "compare"],
            "experiment",
            "comprae",
            "--out",
            Out
        );
        Drcnn.Refuse(ExitCode.BadUsage, ["fixed alone"], Arguments("1", "fixed"));
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["--val", "--hold-out"],
            [
                .. Arguments("1").Where(word => word != "--data" && word != trained.Data),
                "--train",
                Path.Combine(trained.Data, "annotations", "instances_train.json"),
            ]
        );
        WriteState(iterations: 3, seconds: 1, step: 1);
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["race.json", "fixed, dynamic", "fixed, cascade", "--out"],
            Arguments("1", "fixed,cascade")
        );
        File.WriteAllText(State, "{}");
        Drcnn.Refuse(ExitCode.BadInput, ["race.json"], Arguments("1"));
    }

    private void WriteState(int iterations, double seconds, double step)
    {
        Directory.CreateDirectory(Out);
        object Arm(string name) =>
            new
            {
                name,
                start = step / 10,
                step,
                evaluation = step / 10,
            };
        File.WriteAllText(
            State,
            JsonSerializer.Serialize(
                new
                {
                    iterations,
                    seconds,
                    arms = new[] { Arm("fixed"), Arm("dynamic") },
                }
            )
        );
    }

    private string[] Arguments(string hours, string arms = "fixed,dynamic") =>
        [
            "experiment",
            "compare",
            "--data",
            trained.Data,
            "--preset",
            "tiny-demo",
            "--hours",
            hours,
            "--out",
            Out,
            "--arms",
            arms,
            "--set",
            $"solver.iterations={Iterations}",
            "--set",
            "solver.milestones=[]",
            "--set",
            "solver.warmupIterations=1",
            "--set",
            "run.threads=2",
            "--set",
            "evaluation.panelImages=1",
        ];
}
