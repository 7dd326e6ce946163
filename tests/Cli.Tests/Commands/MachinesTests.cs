using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text.Json;
using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Training with one process on each of several machines.</summary>
[Collection(TrainedRunTests.Name)]
[SupportedOSPlatform("linux")]
public sealed class MachinesTests(TrainedRun trained) : InFolder
{
    private const string HeartbeatSeconds = "2";

    [Fact]
    public void Two_machines_train_what_one_process_trains_and_end_when_the_network_does()
    {
        ProcessesTests.RequireProcesses();
        using var machines = Machines.Connect(2);
        string run = folder.Path("run");
        ProcessRun[] ends = TrainUntil(
            machines,
            ranks: 2,
            () => machines.Cut(1),
            trained.TrainArguments(run, "--iterations", "500")
        );
        RequireSameSteps(run);
        Drcnn.RequireOneSentence(
            ends[0],
            ExitCode.PeerFailed,
            ["rank 1 of 2", Machines.AddressOf(1), $"not been heard of for {HeartbeatSeconds} s"]
        );
        Drcnn.RequireOneSentence(
            ends[1],
            ExitCode.PeerFailed,
            [Machines.AddressOf(0), $"not answered for {HeartbeatSeconds} s"]
        );
        Assert.Equal("", ends[1].Output);
    }

    [Fact]
    public void Machines_that_lose_each_other_alone_end_the_job_too()
    {
        ProcessesTests.RequireProcesses();
        using var machines = Machines.Connect(3);
        string[] arguments = trained.TrainArguments(folder.Path("run"), "--iterations", "500");
        ProcessRun[] ends = TrainUntil(
            machines,
            ranks: 3,
            () => machines.Part(1, 2),
            [.. arguments, "--set", "data.imagesPerStep=3"]
        );
        Assert.All(
            ends,
            end =>
                Drcnn.RequireOneSentence(
                    end,
                    ExitCode.PeerFailed,
                    [
                        $"({Machines.AddressOf(1)})",
                        $"({Machines.AddressOf(2)})",
                        "do not reach each other any more: the network between them is gone",
                    ]
                )
        );
    }

    /// <summary>Does something to the machines after the steps that are compared, and waits for the end.</summary>
    private static ProcessRun[] TrainUntil(Machines machines, int ranks, Action act, string[] arguments)
    {
        Process[] started = [.. Enumerable.Range(0, ranks).Select(rank => Start(machines, rank, ranks, arguments))];
        try
        {
            Task<string>[] errors = [.. started.Select(rank => rank.StandardError.ReadToEndAsync())];
            Task<string>[] silence = [.. started.Skip(1).Select(rank => rank.StandardOutput.ReadToEndAsync())];
            while (started[0].StandardOutput.ReadLine() is { } line)
            {
                if (line.Contains($" {TrainedRun.Iterations + 1}/500  loss", StringComparison.Ordinal))
                {
                    act();
                }
            }

            string[] outputs = ["", .. silence.Select(each => each.GetAwaiter().GetResult())];
            return
            [
                .. started.Select(
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
            foreach (Process rank in started)
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

    private static Process Start(Machines machines, int rank, int ranks, string[] arguments)
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
            ("WORLD_SIZE", ranks.ToString(CultureInfo.InvariantCulture)),
            // The first machine knows its own name as the loopback, as Debian's /etc/hosts has it.
            ("MASTER_ADDR", rank == 0 ? "localhost" : Machines.AddressOf(0)),
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
