using System.Text.Json;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>drcnn train, from the first iteration and with --resume.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class TrainTests(TrainedRun trained) : InFolder
{
    [Fact]
    public void A_run_leaves_its_configuration_its_log_its_checkpoints_and_its_evaluations()
    {
        string[] files =
        [
            .. Directory
                .EnumerateFiles(trained.Run, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(trained.Run, file))
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(
            [
                "checkpoints/best.safetensors",
                "checkpoints/iteration-0000004.safetensors",
                "config.json",
                "data.json",
                "environment.json",
                "evaluation/iteration-0000002.json",
                "evaluation/iteration-0000002.panel.json",
                "evaluation/iteration-0000004.json",
                "evaluation/iteration-0000004.panel.json",
                "evaluations.csv",
                "events.out.tfevents.drcnn",
                "log.jsonl",
                "metrics.csv",
                "panel/00.jpg",
                "panel/01.jpg",
                "panel/02.jpg",
                "panel/images.json",
                "statistics.bin",
            ],
            files
        );
    }

    [Fact]
    public void The_recorded_configuration_reads_back_with_the_origin_of_each_value()
    {
        string path = Path.Combine(trained.Run, "config.json");
        ResolvedConfig config = ConfigText.ReadBack(new ConfigLayer(path, File.ReadAllText(path))).Value;
        Assert.Equal(TrainedRun.Iterations, config.Config.Solver.Iterations);
        Assert.Equal("--iterations", config.Origins.Single(origin => origin.Path == "solver.iterations").Origin);
    }

    [Fact]
    public void The_log_holds_a_line_for_each_iteration_and_for_each_evaluation()
    {
        JsonElement[] lines = LogOf(trained.Run);
        Assert.Equal([1, 2, 3, 4], StepsOf(lines));
        JsonElement[] evaluations = [.. lines.Where(line => line.TryGetProperty("evaluation", out _))];
        Assert.Equal([2, 4], evaluations.Select(line => line.GetProperty("iteration").GetInt32()));
        Assert.All(lines.Except(evaluations), line => Assert.InRange(line.GetProperty("loss").GetDouble(), 0.01, 100));
    }

    [Fact]
    public void What_is_no_terminal_gets_plain_progress_lines_with_losses_threshold_beta_speed_and_time()
    {
        string[] progress =
        [
            .. Lines(trained.Output).Where(line => line.Contains("images/s", StringComparison.Ordinal)),
        ];
        Assert.Equal(TrainedRun.Iterations, progress.Length);
        Assert.All(progress, line => Assert.Matches(@"^\d/4  loss .*  IoU 0\.\d+  beta \d\.\d+  lr .* left$", line));
        Assert.DoesNotContain('\r', trained.Output);
        Assert.DoesNotContain('\u001b', trained.Output);
        Assert.Contains("evaluation at 2: AP 0.", trained.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Quiet_leaves_out_progress_and_nothing_else()
    {
        string output = Drcnn.Succeed(trained.TrainArguments(folder.Path("run"), "--quiet"));
        Assert.DoesNotContain("images/s", output, StringComparison.Ordinal);
        Assert.Contains("evaluation at 4: AP", output, StringComparison.Ordinal);
        Assert.Contains("best.safetensors", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_runs_of_one_command_line_have_the_same_losses_to_the_bit()
    {
        Drcnn.Succeed(trained.TrainArguments(folder.Path("run"), "--quiet"));
        Assert.Equal(StepsWithoutTime(trained.Run), StepsWithoutTime(folder.Path("run")));
    }

    [Fact]
    public void A_run_in_a_folder_that_holds_something_is_refused_and_nothing_in_it_changes()
    {
        folder.Write("run/notes.txt", "mine");
        string copy = trained.CopyOfRun(folder.Path("copy"));
        SortedDictionary<string, string> before = folder.Snapshot();
        foreach (string taken in new[] { folder.Path("run"), copy, folder.Path("run", "notes.txt") })
        {
            Drcnn.Refuse(ExitCode.BadUsage, [taken, "choose another --out"], trained.TrainArguments(taken));
        }

        Assert.Equal(before, folder.Snapshot());
    }

    [Fact]
    public void A_resumed_run_goes_on_from_its_folder_alone_and_its_log_continues()
    {
        string run = trained.CopyOfRun(folder.Path("run"));
        string output = Drcnn.Succeed("train", "--resume", "--out", run, "--iterations", "6");
        Assert.Contains("goes on after iteration 4", output, StringComparison.Ordinal);
        Assert.Contains("6/6  loss", output, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3, 4, 5, 6], StepsOf(LogOf(run)));
        Assert.True(File.Exists(TrainedRun.CheckpointOf(run, 6)));
    }

    [Fact]
    public void A_longer_run_says_at_which_rate_it_goes_on_and_the_way_that_it_names_trains_from_its_best()
    {
        string run = trained.CopyOfRun(folder.Path("run"));
        string output = Drcnn.Succeed("train", "--resume", "--out", run, "--iterations", "6");
        Assert.Contains(
            "warning: the run was to have 4 iterations and its milestones stay",
            output,
            StringComparison.Ordinal
        );
        Assert.Contains($"--weights {run} with another --out", output, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "was to have",
            Drcnn.Succeed("train", "--resume", "--out", run),
            StringComparison.Ordinal
        );
        string again = Drcnn.Succeed([.. trained.TrainArguments(folder.Path("next")), "--weights", run]);
        Assert.Contains($"weights {run}: ", again, StringComparison.Ordinal);
        Assert.Contains("no layer of it starts from scratch", again, StringComparison.Ordinal);
        string best = Path.Combine(run, "checkpoints", "best.safetensors");
        Assert.Contains($"they are those of {best}", again, StringComparison.Ordinal);
    }

    [Fact]
    public void A_length_in_epochs_follows_the_images_and_the_schedule_follows_the_length()
    {
        string[] few = [.. trained.TrainArguments(folder.Path("run"))];
        int at = Array.IndexOf(few, "--iterations");
        string output = Drcnn.Succeed([.. few[..at], .. few[(at + 2)..], "--epochs", "2", "--quiet"]);
        // Six images in pairs.
        Assert.Contains("6 iterations of 2 images: 2.0 epochs", output, StringComparison.Ordinal);
        string config = File.ReadAllText(folder.Path("run", "config.json"));
        Assert.Contains("\"--epochs 2\"", config, StringComparison.Ordinal);
        JsonElement[] steps = [.. LogOf(folder.Path("run")).Where(line => line.TryGetProperty("learning_rate", out _))];
        Assert.Equal(6, steps.Length);
        double last = steps[^1].GetProperty("learning_rate").GetDouble();
        Assert.Equal(0.002, last, 1e-12); // the demo's last rate, a tenth of its base
    }

    [Fact]
    public void A_length_in_hours_is_measured_said_and_kept()
    {
        string[] few = [.. trained.TrainArguments(folder.Path("run"))];
        int at = Array.IndexOf(few, "--iterations");
        string[] hours = [.. few[..at], .. few[(at + 2)..], "--quiet", "--set", "solver.iterations=4"];
        string output = Drcnn.Succeed([.. hours, "--hours", "1e-6"]);
        Assert.Contains("so the run has 8 iterations; --resume keeps that number", output, StringComparison.Ordinal);
        Assert.Contains("warning: --hours 1E-06 is too short for a schedule", output, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], StepsOf(LogOf(folder.Path("run"))));
        string kept = Drcnn.Succeed("train", "--resume", "--out", folder.Path("run"), "--quiet");
        Assert.Contains("8 iterations of 2 images", kept, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.0, 0, 7200)] // nothing but steps
    [InlineData(1.0, 60, 6371)] // (7200 - 60) / (1 + 60 / 500) more than the 50 that are measured, less what was used
    [InlineData(200.0, 0, 100)] // too slow: twice what was measured
    public void So_many_iterations_fit_into_two_hours_as_leave_no_more_than_a_step_and_its_share_of_an_evaluation(
        double seconds,
        double evaluation,
        int expected
    )
    {
        Config config = ConfigText.Resolve(new ConfigSources("r50-c4-small", [], [], [])).Value.Config;
        double[] steps = [.. Enumerable.Repeat(9 * seconds, 10), .. Enumerable.Repeat(seconds, 40)];
        (int iterations, bool tooMany) = TrainBudget.Fitting(
            config,
            hours: 2,
            steps,
            evaluation,
            TimeSpan.FromSeconds(50 * seconds)
        );
        Assert.InRange(iterations, expected - 60, expected + 10);
        Assert.Equal(seconds > 100, tooMany);
        double used = (50 * seconds) + ((iterations - 50) * seconds) + (evaluation * Math.Ceiling(iterations / 500.0));
        Assert.True(tooMany || Math.Abs(used - 7200) < 0.02 * 7200, $"{used}");
    }

    [Fact]
    public void A_resumed_run_refuses_changed_mathematics_and_names_what_may_change()
    {
        string run = trained.CopyOfRun(folder.Path("run"));
        SortedDictionary<string, string> before = folder.Snapshot();
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["--set: solver.momentum: got 0.5, expected 0.9", "may change", "solver.iterations", "run.threads"],
            ["train", "--resume", "--out", run, "--set", "solver.momentum=0.5"]
        );
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["--seed: run.seed: got 7, expected 1", "may change"],
            ["train", "--resume", "--out", run, "--seed", "7"]
        );
        Assert.Equal(before, folder.Snapshot());
    }

    [Fact]
    public void Resuming_without_a_run_or_without_a_checkpoint_says_so()
    {
        Directory.CreateDirectory(folder.Path("empty"));
        string run = trained.CopyOfRun(folder.Path("run"));
        Directory.Delete(Path.Combine(run, "checkpoints"), recursive: true);
        foreach (string root in new[] { folder.Path("nowhere"), folder.Path("empty") })
        {
            Drcnn.Refuse(
                ExitCode.BadInput,
                [root, "no run to resume", "config.json"],
                ["train", "--resume", "--out", root]
            );
        }

        Drcnn.Refuse(ExitCode.BadInput, [run, "no checkpoint"], ["train", "--resume", "--out", run]);
    }

    /// <summary>The lines of a run's log.</summary>
    internal static JsonElement[] LogOf(string run) =>
        [.. File.ReadLines(Path.Combine(run, "log.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>The iterations that a log holds.</summary>
    internal static int[] StepsOf(JsonElement[] log) =>
        [
            .. log.Where(line => !line.TryGetProperty("evaluation", out _))
                .Select(line => line.GetProperty("iteration").GetInt32()),
        ];

    private static string[] StepsWithoutTime(string run) =>
        [
            .. LogOf(run)
                .Where(line => line.TryGetProperty("loss", out _))
                .Select(line =>
                    $"{line.GetProperty("loss").GetRawText()} {line.GetProperty("gradient_norm").GetRawText()}"
                ),
        ];

    private static string[] Lines(string output) => output.Split('\n');
}
