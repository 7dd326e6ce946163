using System.Diagnostics;
using System.Text;
using System.Text.Json;
using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>A run that a signal ends, as a process of its own.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class SignalTests(TrainedRun trained, ITestOutputHelper output) : InFolder
{
    /// <summary>Far more than pass before the signal, and few enough to end by themselves when none is heard.</summary>
    private const int ManyIterations = 500;
    private const int SomeIterations = 20;

    /// <summary>From the signal to the end of the process, where times are held to a bound.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public void A_signal_ends_training_with_a_checkpoint_and_exit_code_0_and_the_run_can_go_on(string signal)
    {
        string run = folder.Path("run");
        ProcessRun stopped = TrainUntil($"3/{ManyIterations}  loss", run, signal);
        Assert.True(stopped.ExitCode == 0, $"exit code {stopped.ExitCode}: {stopped.Errors}{stopped.Output}");
        Assert.Equal(
            "stopping after the current step; the same signal again ends the program at once\n",
            stopped.Errors
        );
        Assert.DoesNotContain('\r', stopped.Output);
        int last = TrainTests.StepsOf(TrainTests.LogOf(run))[^1];
        Assert.Contains($"stopped after iteration {last}", stopped.Output, StringComparison.Ordinal);
        Assert.Contains($"drcnn train --out {run} --resume goes on", stopped.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(TrainedRun.CheckpointOf(run, last)));
        Assert.Empty(Directory.GetFiles(run, "*.tmp", SearchOption.AllDirectories));

        string resumed = Drcnn.Succeed("train", "--resume", "--out", run, "--iterations", $"{last + 2}");
        Assert.Contains($"goes on after iteration {last}", resumed, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(1, last + 2), TrainTests.StepsOf(TrainTests.LogOf(run)));
    }

    [Fact]
    public void A_signal_before_the_first_step_ends_with_a_checkpoint_too()
    {
        string run = folder.Path("run");
        ProcessRun stopped = TrainUntil("preset tiny-demo", run, "TERM");
        Assert.True(stopped.ExitCode == 0, $"exit code {stopped.ExitCode}: {stopped.Errors}{stopped.Output}");
        Assert.Contains("stopped after iteration", stopped.Output, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(Path.Combine(run, "checkpoints"), "iteration-*.safetensors"));
        int done = TrainTests.StepsOf(TrainTests.LogOf(run)).Length;
        Drcnn.Succeed("train", "--resume", "--out", run, "--iterations", $"{done + 2}", "--quiet");
        Assert.Equal(Enumerable.Range(1, done + 2), TrainTests.StepsOf(TrainTests.LogOf(run)));
    }

    [Theory]
    [InlineData("the start")]
    [InlineData("the warm-up")]
    [InlineData("training")]
    [InlineData("an evaluation")]
    [InlineData("the writing of a checkpoint")]
    public void A_signal_in_any_phase_ends_with_a_checkpoint_and_the_run_goes_on_without_further_arguments(string phase)
    {
        string run = folder.Path("run");
        string[] arguments = trained.TrainArguments(run);
        arguments[Array.IndexOf(arguments, "--iterations") + 1] = $"{SomeIterations}";
        (ProcessRun stopped, TimeSpan taken) = StopDuring(phase, run, arguments);
        Assert.True(stopped.ExitCode == 0, $"exit code {stopped.ExitCode}: {stopped.Errors}{stopped.Output}");
        int last = TrainTests.StepsOf(TrainTests.LogOf(run)).Length;
        Assert.True(File.Exists(TrainedRun.CheckpointOf(run, last)), $"no checkpoint of iteration {last}");
        Assert.True(last < SomeIterations, "the run ended by itself");
        output.WriteLine($"SIGTERM during {phase}: iteration {last}, exit code 0 after {taken.TotalSeconds:F2} s");
        Assert.True(!EndureCount.HoldsTimes || taken < Soon, $"{taken}");

        Drcnn.Succeed("train", "--resume", "--out", run);
        JsonElement[] log = [.. TrainTests.LogOf(run)];
        Assert.Equal(Enumerable.Range(1, SomeIterations), TrainTests.StepsOf(log));
        Assert.Equal(
            Enumerable.Range(1, SomeIterations / 2).Select(half => 2 * half),
            log.Where(line => line.TryGetProperty("evaluation", out _))
                .Select(line => line.GetProperty("iteration").GetInt32())
        );
    }

    private static (ProcessRun Run, TimeSpan Taken) StopDuring(string phase, string run, string[] arguments)
    {
        using Process process = Begin(arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> said = process.StandardOutput.ReadToEndAsync();
        WaitFor(phase, run, process);
        long sent = Stopwatch.GetTimestamp();
        Assert.Equal(0, ProcessRun.Of("kill", ["-TERM", $"{process.Id}"]).ExitCode);
        process.WaitForExit();
        TimeSpan taken = Stopwatch.GetElapsedTime(sent);
        string[] both = [said.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult()];
        return (new ProcessRun(process.ExitCode, both[0], both[1]), taken);
    }

    /// <summary>Returns when the run is in a phase, or just before it; which step it has reached then is for the run to say.</summary>
    private static void WaitFor(string phase, string run, Process process)
    {
        string checkpoints = Path.Combine(run, "checkpoints");
        string log = Path.Combine(run, "log.jsonl");
        switch (phase)
        {
            case "the start":
                Until(process, () => Directory.Exists(run));
                break;
            case "the warm-up":
                Until(process, () => Lines(log) == 1);
                break;
            case "an evaluation":
                // The line of a step whose evaluation is due is written before it begins.
                Until(process, () => Lines(log) >= 2);
                break;
            case "training":
                Until(process, () => Lines(log) >= 5);
                break;
            default:
                Until(process, () => Directory.Exists(checkpoints));
                using (var moment = new SavingMoment(checkpoints))
                {
                    moment.Next(process);
                }

                break;
        }
    }

    private static int Lines(string path)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Count(character => character == '\n');
    }

    private static void Until(Process process, Func<bool> reached)
    {
        while (!process.HasExited && !reached())
        {
            Thread.Sleep(1);
        }
    }

    [Fact]
    public void A_signal_ends_predict_with_what_was_found_until_then()
    {
        string images = Path.Combine(trained.Data, "images");
        string[] many = [.. Enumerable.Range(0, ManyIterations).Select(number => folder.Path($"{number:D4}.jpg"))];
        foreach (string picture in many)
        {
            File.CreateSymbolicLink(picture, Path.Combine(images, "val_0000.jpg"));
        }
        string found = folder.Path("found");
        string[] arguments = ["predict", "--checkpoint", trained.Checkpoint, "--out", found, .. many];
        ProcessRun stopped = RunUntil("0003.jpg", arguments, "TERM");
        Assert.Equal(ExitCode.Interrupted, stopped.ExitCode);
        Assert.StartsWith("stopping after the current picture; ", stopped.Errors, StringComparison.Ordinal);
        Assert.Matches($"ended by a signal after \\d+ of {ManyIterations} images; what was found", stopped.Errors);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(found, "predictions.json")));
        int looked = json.RootElement.GetProperty("images").GetArrayLength();
        Assert.InRange(looked, 4, ManyIterations - 1);
        Assert.Equal(looked + 1, Directory.GetFiles(found).Length);
    }

    private ProcessRun TrainUntil(string word, string run, string signal)
    {
        string[] arguments = trained.TrainArguments(run);
        int iterations = Array.IndexOf(arguments, "--iterations") + 1;
        arguments[iterations] = $"{ManyIterations}";
        return RunUntil(word, arguments, signal);
    }

    internal static ProcessRun RunUntil(string word, string[] arguments, string signal)
    {
        using Process process = Begin(arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        var said = new StringBuilder();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            said.Append(line).Append('\n');
            if (line.Contains(word, StringComparison.Ordinal))
            {
                ProcessRun kill = ProcessRun.Of("kill", [$"-{signal}", $"{process.Id}"]);
                Assert.Equal(0, kill.ExitCode);
            }
        }

        process.WaitForExit();
        return new ProcessRun(process.ExitCode, said.ToString(), errors.GetAwaiter().GetResult());
    }

    // What a shell starts in the background ignores SIGINT, and so would everything that it starts.
    private static Process Begin(string[] arguments) =>
        Process.Start(
            new ProcessStartInfo("env", ["--default-signal", "dotnet", Drcnn.Assembly, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
}
