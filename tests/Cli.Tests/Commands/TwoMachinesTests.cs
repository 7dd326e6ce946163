using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text.Json;
using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Training with one process on each of two machines.</summary>
[Collection(TrainedRunTests.Name)]
[SupportedOSPlatform("linux")]
public sealed class TwoMachinesTests(TrainedRun trained) : IDisposable
{
    private const string HeartbeatSeconds = "2";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Two_machines_train_what_one_process_trains_and_end_when_the_network_does()
    {
        ProcessesTests.RequireProcesses();
        using TwoMachines machines = TwoMachines.Connect();
        string run = folder.Path("run");
        ProcessRun[] ends = TrainUntilCut(machines, trained.TrainArguments(run, "--iterations", "500"));
        RequireSameSteps(run);
        Drcnn.RequireOneSentence(
            ends[0],
            ExitCode.PeerFailed,
            ["rank 1 of 2", TwoMachines.AddressOf(1), $"not been heard of for {HeartbeatSeconds} s"]
        );
        Drcnn.RequireOneSentence(
            ends[1],
            ExitCode.PeerFailed,
            [TwoMachines.AddressOf(0), $"not answered for {HeartbeatSeconds} s"]
        );
        Assert.Equal("", ends[1].Output);
    }

    /// <summary>Takes the cable out after the steps that are compared.</summary>
    private static ProcessRun[] TrainUntilCut(TwoMachines machines, string[] arguments)
    {
        Process[] ranks = [.. Enumerable.Range(0, 2).Select(rank => Start(machines, rank, arguments))];
        try
        {
            Task<string>[] errors = [.. ranks.Select(rank => rank.StandardError.ReadToEndAsync())];
            Task<string> silence = ranks[1].StandardOutput.ReadToEndAsync();
            while (ranks[0].StandardOutput.ReadLine() is { } line)
            {
                if (line.Contains($" {TrainedRun.Iterations + 1}/500  loss", StringComparison.Ordinal))
                {
                    machines.Cut();
                }
            }

            string[] outputs = ["", silence.GetAwaiter().GetResult()];
            return
            [
                .. ranks.Select(
                    (rank, place) =>
                    {
                        rank.WaitForExit();
                        return new ProcessRun(rank.ExitCode, outputs[place], errors[place].GetAwaiter().GetResult());
                    }
                ),
            ];
        }
        finally
        {
            foreach (Process rank in ranks)
            {
                rank.Kill();
                rank.Dispose();
            }
        }
    }

    /// <summary>The first steps are those of the run by one process with the same images a step.</summary>
    private void RequireSameSteps(string run)
    {
        JsonElement[] expected = FirstSteps(trained.Run);
        JsonElement[] actual = FirstSteps(run);
        Assert.Equal(TrainedRun.Iterations, actual.Length);
        foreach ((JsonElement one, JsonElement two) in expected.Zip(actual))
        {
            // Sums of float32 in another order.
            Assert.Equal(Number(one, "loss"), Number(two, "loss"), 1e-3);
            Assert.Equal(Number(one, "iou_threshold"), Number(two, "iou_threshold"), 1e-4);
            Assert.Equal(Number(one, "beta"), Number(two, "beta"), 1e-3);
        }
    }

    private static JsonElement[] FirstSteps(string run) =>
        [.. TrainTests.LogOf(run).Where(line => line.TryGetProperty("loss", out _)).Take(TrainedRun.Iterations)];

    private static double Number(JsonElement line, string name) => line.GetProperty(name).GetDouble();

    private static Process Start(TwoMachines machines, int rank, string[] arguments)
    {
        var start = new ProcessStartInfo(
            "ip",
            [.. machines.On(rank), "dotnet", Drcnn.Assembly, .. ProcessesTests.Last(arguments)]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        (string Name, string Value)[] variables =
        [
            ("RANK", rank.ToString(CultureInfo.InvariantCulture)),
            ("WORLD_SIZE", "2"),
            ("MASTER_ADDR", TwoMachines.AddressOf(0)),
            ("MASTER_PORT", "29500"),
            ("DRCNN_HEARTBEAT", HeartbeatSeconds),
            ("OMP_NUM_THREADS", "1"),
        ];
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
