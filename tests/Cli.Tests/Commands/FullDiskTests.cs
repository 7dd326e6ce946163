using System.Runtime.Versioning;
using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Outputs that take no more, on a device that is always full and on a small disk in memory.</summary>
[Collection(TrainedRunTests.Name)]
[SupportedOSPlatform("linux")]
public sealed class FullDiskTests(TrainedRun trained) : InFolder
{
    private const string FullDevice = "/dev/full";

    [Fact]
    public void Figures_for_a_full_device_are_shown_before_its_sentence_and_the_device_stays()
    {
        ProcessRun run = Drcnn.Run([
            "eval",
            "--checkpoint",
            trained.Checkpoint,
            "--data",
            trained.Data,
            "--json",
            FullDevice,
        ]);
        Drcnn.RequireOneSentence(run, ExitCode.RunFailed, ["the disk is full", FullDevice]);
        Assert.Contains("AP50", run.Output, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => File.WriteAllText(FullDevice, "still full"));
    }

    [Fact]
    public void A_file_for_figures_that_cannot_be_there_is_named()
    {
        string[] arguments = ["eval", "--checkpoint", trained.Checkpoint, "--data", trained.Data, "--json"];
        string under = folder.Write("file", "a file where a folder is expected");
        foreach (
            string path in new[] { folder.Root, folder.Path("no", "such", "folder.json"), Path.Combine(under, "a") }
        )
        {
            Drcnn.Refuse(ExitCode.BadInput, [path, "cannot be written"], [.. arguments, path]);
        }
    }

    [Fact]
    public void A_run_whose_folder_cannot_be_made_is_refused()
    {
        string under = folder.Write("file", "a file where a folder is expected");
        SortedDictionary<string, string> before = folder.Snapshot();
        Drcnn.Refuse(ExitCode.BadInput, [under], trained.TrainArguments(Path.Combine(under, "run")));
        Assert.Equal(before, folder.Snapshot());
    }

    [Fact]
    public void Pictures_in_a_folder_that_cannot_be_made_are_refused()
    {
        string under = folder.Write("file", "a file where a folder is expected");
        string image = Path.Combine(trained.Data, "images", "val_0000.jpg");
        string output = Path.Combine(under, "found");
        Drcnn.Refuse(
            ExitCode.BadInput,
            [under],
            ["predict", "--checkpoint", trained.Checkpoint, "--out", output, image]
        );
    }

    [Fact]
    public void A_checkpoint_that_does_not_fit_ends_the_run_and_leaves_no_part_of_itself()
    {
        using SmallDisk disk = SmallDisk.Mount("size=2m");
        string run = Path.Combine(disk.Root, "run");
        Drcnn.Refuse(
            ExitCode.RunFailed,
            ["checkpoints", ".safetensors", "cannot be written", "No space left"],
            trained.TrainArguments(run)
        );
        Assert.Empty(Directory.GetFiles(Path.Combine(run, "checkpoints")));
    }

    [Fact]
    public void A_log_that_cannot_be_made_ends_the_run()
    {
        // The disk's own folder, the run, its checkpoints, its config.json, data.json and environment.json are all the files it takes.
        using SmallDisk disk = SmallDisk.Mount("size=1m,nr_inodes=6");
        string run = Path.Combine(disk.Root, "run");
        string[] withoutPanel = ["--set", "evaluation.panelImages=0"];
        Drcnn.Refuse(ExitCode.RunFailed, ["the disk is full", "log.jsonl"], trained.TrainArguments(run, withoutPanel));
    }

    [Fact]
    public void A_run_that_meets_a_full_disk_keeps_its_checkpoint_and_goes_on_once_there_is_room()
    {
        using SmallDisk disk = SmallDisk.Mount("size=110m");
        string run = trained.CopyOfRun(Path.Combine(disk.Root, "run"));
        string last = TrainedRun.CheckpointOf(run, TrainedRun.Iterations);
        byte[] before = File.ReadAllBytes(last);
        string filler = disk.Fill(leave: 100_000);
        Drcnn.Refuse(ExitCode.RunFailed, ["No space left"], ["train", "--resume", "--out", run, "--iterations", "6"]);
        Assert.Equal(before, File.ReadAllBytes(last));
        Assert.Empty(Directory.GetFiles(run, "*.tmp", SearchOption.AllDirectories));
        File.Delete(filler);
        Drcnn.Succeed("train", "--resume", "--out", run, "--iterations", "6");
        Assert.Equal([1, 2, 3, 4, 5, 6], TrainTests.StepsOf(TrainTests.LogOf(run)));
    }

    [Fact]
    public void Pictures_that_do_not_fit_end_prediction_and_leave_no_part_of_themselves()
    {
        using SmallDisk disk = SmallDisk.Mount("size=8k");
        string image = Path.Combine(trained.Data, "images", "val_0000.jpg");
        string output = Path.Combine(disk.Root, "found");
        Drcnn.Refuse(
            ExitCode.RunFailed,
            ["the disk is full", "val_0000.jpg"],
            ["predict", "--checkpoint", trained.Checkpoint, "--out", output, image]
        );
        Assert.Empty(Directory.GetFiles(output));
    }
}
