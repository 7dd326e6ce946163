using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Jobs that PyTorch's own launcher starts. It serves the store where the processes meet.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class TorchrunTests(TrainedRun trained) : InFolder
{
    // Debian's own: another Python on the path has not its modules.
    private const string Python = "/usr/bin/python3";

    [Fact]
    public void Torchrun_starts_a_job_of_two()
    {
        ProcessesTests.RequireProcesses();
        RequireTorchrun();
        string run = folder.Path("run");
        ProcessRun job = ProcessRun.Of(
            Python,
            [
                .. Words("-m torch.distributed.run --no_python --nproc_per_node 2 --master_port"),
                $"{ProcessesTests.FreePort()}",
                // The version of Debian 12 ends with an exception under its Python where output is not redirected at all.
                .. Words("--redirects 2 --tee 1 --log_dir"),
                folder.Path("said"),
                "dotnet",
                Drcnn.Assembly,
                .. ProcessesTests.Last(trained.TrainArguments(run, "--iterations", "2")),
            ]
        );
        Assert.True(job.ExitCode == 0, $"exit code {job.ExitCode}: {job.Errors}{job.Output}");
        Assert.Contains("processes 2", job.Output, StringComparison.Ordinal);
        Assert.Equal([1, 2], TrainTests.StepsOf(TrainTests.LogOf(run)));
    }

    private static string[] Words(string line) => line.Split(' ');

    private static void RequireTorchrun()
    {
        bool isThere =
            File.Exists(Python) && ProcessRun.Of(Python, ["-c", "import torch.distributed.run"]).ExitCode == 0;
        if (!isThere)
        {
            Assert.Skip($"needs torchrun: {Python} has no torch.distributed.run, of the package python3-torch");
        }
    }
}
