using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Training;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Training with several processes on this machine.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class ProcessesTests(TrainedRun trained) : InFolder
{
    [Fact]
    public void Two_processes_keep_one_run_which_goes_on_with_one()
    {
        RequireProcesses();
        string run = folder.Path("run");
        ProcessRun two = Start(trained.TrainArguments(run, "--processes", "2", "--iterations", "2"));
        Assert.True(two.ExitCode == 0, $"exit code {two.ExitCode}: {two.Errors}{two.Output}");
        Assert.Contains("processes 2", two.Output, StringComparison.Ordinal);
        Assert.Single(two.Output.Split('\n'), line => line.StartsWith("evaluation at 2", StringComparison.Ordinal));
        Assert.Equal([1, 2], TrainTests.StepsOf(TrainTests.LogOf(run)));

        string resumed = Drcnn.Succeed("train", "--resume", "--out", run, "--iterations", "3", "--threads", "1");
        Assert.Contains("goes on after iteration 2", resumed, StringComparison.Ordinal);
        Assert.Contains("processes was 2", resumed, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], TrainTests.StepsOf(TrainTests.LogOf(run)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_rank_that_is_killed_ends_the_job_with_a_sentence(int rank)
    {
        RequireProcesses();
        ProcessRun run = StartUntil(
            "1/500  loss",
            launcher => ProcessRun.Of("kill", ["-9", ChildOf(launcher, rank)]),
            trained.TrainArguments(folder.Path("run"), "--processes", "2", "--iterations", "500")
        );
        Drcnn.RequireOneSentence(run, ExitCode.RunFailed, [$"rank {rank}", "signal 9"]);
    }

    [Fact]
    public void A_signal_ends_all_processes_with_a_checkpoint()
    {
        RequireProcesses();
        string folderOfRun = folder.Path("run");
        ProcessRun run = StartUntil(
            "1/500  loss",
            launcher => ProcessRun.Of("kill", ["-TERM", $"{launcher}"]),
            trained.TrainArguments(folderOfRun, "--processes", "2", "--iterations", "500")
        );
        Assert.True(run.ExitCode == 0, $"exit code {run.ExitCode}: {run.Errors}{run.Output}");
        int last = TrainTests.StepsOf(TrainTests.LogOf(folderOfRun))[^1];
        Assert.Contains($"stopped after iteration {last}", run.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(TrainedRun.CheckpointOf(folderOfRun, last)));
    }

    [Fact]
    public void A_batch_that_cannot_be_shared_equally_is_refused_before_anything_is_written()
    {
        RequireProcesses();
        string run = folder.Path("run");
        Drcnn.RequireOneSentence(
            Start(trained.TrainArguments(run, "--processes", "2", "--set", "data.imagesPerStep=3")),
            ExitCode.BadUsage,
            ["3 images", "data.imagesPerStep", "multiple of the 2 processes"]
        );
        Assert.False(Directory.Exists(run));
    }

    [Fact]
    public void Half_an_environment_of_a_job_is_refused()
    {
        ProcessRun run = ProcessRun.Of(
            "dotnet",
            [Drcnn.Assembly, .. trained.TrainArguments(folder.Path("run"))],
            new Dictionary<string, string?> { ["RANK"] = "0", ["WORLD_SIZE"] = "2" }
        );
        Drcnn.RequireOneSentence(run, ExitCode.BadUsage, ["MASTER_ADDR", "MASTER_PORT"]);
    }

    [Fact]
    public void One_that_is_silent_is_named_and_ends_the_job()
    {
        RequireProcesses();
        ProcessRun run = StartUntil(
            "1/500  loss",
            launcher => ProcessRun.Of("kill", ["-STOP", ChildOf(launcher, 1)]),
            trained.TrainArguments(folder.Path("run"), "--processes", "2", "--iterations", "500"),
            ("DRCNN_HEARTBEAT", "2")
        );
        Drcnn.RequireOneSentence(run, ExitCode.PeerFailed, ["rank 1 of 2", "has not been heard of for 2 s"]);
    }

    [Fact]
    public void Where_a_machine_gets_one_process_it_starts_the_others_itself()
    {
        RequireProcesses();
        string run = folder.Path("run");
        // Kubeflow Trainer's variables, of a job on one machine.
        Dictionary<string, string?> machine = new()
        {
            ["PET_NNODES"] = "1",
            ["PET_NPROC_PER_NODE"] = "2",
            ["PET_NODE_RANK"] = "0",
            ["PET_MASTER_ADDR"] = "localhost",
            ["PET_MASTER_PORT"] = $"{FreePort()}",
        };
        ProcessRun two = ProcessRun.Of(
            "dotnet",
            [Drcnn.Assembly, .. Last(trained.TrainArguments(run, "--iterations", "2"))],
            machine
        );
        Assert.True(two.ExitCode == 0, $"exit code {two.ExitCode}: {two.Errors}{two.Output}");
        Assert.Contains("processes 2", two.Output, StringComparison.Ordinal);
        Assert.Equal([1, 2], TrainTests.StepsOf(TrainTests.LogOf(run)));
    }

    [Fact]
    public void Without_Gloo_several_processes_are_refused_before_anything_is_written()
    {
        string program = folder.Path("program");
        Directory.CreateDirectory(program);
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory).Where(file => !IsGloo(file)))
        {
            File.Copy(file, Path.Combine(program, Path.GetFileName(file)));
        }

        string run = folder.Path("run");
        string[] arguments = [Path.Combine(program, "drcnn.dll"), .. trained.TrainArguments(run)];
        Dictionary<string, string?> place = new()
        {
            ["RANK"] = "0",
            ["WORLD_SIZE"] = "2",
            ["MASTER_ADDR"] = "127.0.0.1",
            ["MASTER_PORT"] = "1",
        };
        ProcessRun[] refused =
        [
            ProcessRun.Of("dotnet", [.. arguments, "--processes", "2"]),
            ProcessRun.Of("dotnet", arguments, place),
        ];
        string[] parts = ["several processes need Gloo", "libgloo-dev"];
        Assert.All(refused, each => Drcnn.RequireOneSentence(each, ExitCode.BadUsage, parts));
        Assert.False(Directory.Exists(run));

        static bool IsGloo(string file) => Path.GetFileName(file) == "libdrcnn_processes.so";
    }

    internal static void RequireProcesses()
    {
        if (ProcessGroup.Problem is { } problem)
        {
            Assert.Skip(problem);
        }
    }

    internal static string[] Last(string[] arguments)
    {
        // An option that the tests give again replaces that of the short run.
        List<string> kept = [.. arguments];
        foreach (string option in new[] { "--iterations", "--threads" })
        {
            while (kept.IndexOf(option) != kept.LastIndexOf(option))
            {
                kept.RemoveRange(kept.IndexOf(option), 2);
            }
        }

        kept[kept.IndexOf("--threads") + 1] = "1";
        return [.. kept];
    }

    internal static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static ProcessRun Start(string[] arguments) =>
        ProcessRun.Of("dotnet", [Drcnn.Assembly, .. Last(arguments)]);

    /// <summary>Starts the program, does something once it has said something, and waits for its end.</summary>
    private static ProcessRun StartUntil(
        string said,
        Action<int> act,
        string[] arguments,
        params (string Name, string Value)[] variables
    )
    {
        ProcessStartInfo start = new("dotnet", [Drcnn.Assembly, .. Last(arguments)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        List<string> output = [];
        while (process.StandardOutput.ReadLine() is { } line)
        {
            output.Add(line);
            if (line.Contains(said, StringComparison.Ordinal))
            {
                act(process.Id);
            }
        }

        process.WaitForExit();
        return new ProcessRun(process.ExitCode, string.Join('\n', output), errors.GetAwaiter().GetResult());
    }

    /// <summary>The process of a rank, found by what it was started with.</summary>
    private static string ChildOf(int launcher, int rank) =>
        // The list of a thread has what that thread started.
        Directory
            .EnumerateDirectories($"/proc/{launcher}/task")
            .SelectMany(thread =>
                File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)
            )
            .Single(child =>
                File.ReadAllText($"/proc/{child}/environ")
                    .Split('\0')
                    .Contains(string.Create(CultureInfo.InvariantCulture, $"RANK={rank}"), StringComparer.Ordinal)
            );
}
