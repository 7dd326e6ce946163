using System.Diagnostics;
using System.Text;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>A run that a signal ends, as a process of its own.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class SignalTests(TrainedRun trained) : IDisposable
{
    private const int LongerThanAnyTest = 100_000;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public void A_signal_ends_training_with_a_checkpoint_and_exit_code_0_and_the_run_can_go_on(string signal)
    {
        string run = folder.Path("run");
        ProcessRun stopped = TrainUntilSignal(run, signal);
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

    private ProcessRun TrainUntilSignal(string run, string signal)
    {
        string[] arguments = trained.TrainArguments(run, "--set", "solver.milestones=[90000]");
        int iterations = Array.IndexOf(arguments, "--iterations") + 1;
        arguments[iterations] = $"{LongerThanAnyTest}";
        using Process process = Process.Start(
            new ProcessStartInfo("dotnet", [Drcnn.Assembly, .. arguments])
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
            if (line.Contains($"3/{LongerThanAnyTest}  loss", StringComparison.Ordinal))
            {
                ProcessRun kill = ProcessRun.Of("kill", [$"-{signal}", $"{process.Id}"]);
                Assert.Equal(0, kill.ExitCode);
            }
        }

        process.WaitForExit();
        return new ProcessRun(process.ExitCode, output.ToString(), errors.GetAwaiter().GetResult());
    }
}
