using System.Diagnostics;
using System.Text;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>A run that a signal ends, as a process of its own.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class SignalTests(TrainedRun trained) : IDisposable
{
    /// <summary>Far more than pass before the signal, and few enough to end by themselves when none is heard.</summary>
    private const int ManyIterations = 500;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

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

    private ProcessRun TrainUntil(string said, string run, string signal)
    {
        string[] arguments = trained.TrainArguments(run);
        int iterations = Array.IndexOf(arguments, "--iterations") + 1;
        arguments[iterations] = $"{ManyIterations}";
        using Process process = Process.Start(
            // What a shell starts in the background ignores SIGINT, and so would everything that it starts.
            new ProcessStartInfo("env", ["--default-signal", "dotnet", Drcnn.Assembly, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        var output = new StringBuilder();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            output.Append(line).Append('\n');
            if (line.Contains(said, StringComparison.Ordinal))
            {
                ProcessRun kill = ProcessRun.Of("kill", [$"-{signal}", $"{process.Id}"]);
                Assert.Equal(0, kill.ExitCode);
            }
        }

        process.WaitForExit();
        return new ProcessRun(process.ExitCode, output.ToString(), errors.GetAwaiter().GetResult());
    }
}
