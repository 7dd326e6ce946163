using System.Runtime.Versioning;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>The place of the checkpoints fills up, takes no writes any more, or goes away in the middle of a run.</summary>
[Collection(TrainedRunTests.Name)]
[SupportedOSPlatform("linux")]
public sealed class LostDiskTests(TrainedRun trained) : InFolder
{
    private const int Iterations = 8;

    /// <summary>Room for some lines of the log, and for no checkpoint.</summary>
    private const int RoomForLines = 300_000;

    [Theory]
    [InlineData("a full disk", "No space left on device")]
    [InlineData("a folder that is read-only", "")]
    [InlineData("a folder that is gone", "")]
    public void The_run_ends_in_a_sentence_that_names_the_last_checkpoint_which_is_as_it_was(string loss, string reason)
    {
        using Place place = Make(loss);
        byte[] before = [];
        (ProcessRun run, _) = Train(
            place,
            line =>
            {
                if (line.StartsWith($"3/{Iterations}", StringComparison.Ordinal))
                {
                    before = File.ReadAllBytes(TrainedRun.CheckpointOf(place.Run, 2));
                    place.Lose();
                }
            }
        );
        place.Restore();
        string last = TrainedRun.CheckpointOf(place.Run, 2);
        string[] named =
            loss == "a folder that is gone" ? ["there is no checkpoint"] : [$"the last checkpoint is {last}"];
        Drcnn.RequireOneSentence(
            run,
            ExitCode.RunFailed,
            ["iteration-0000004.safetensors", "cannot be written", reason, .. named]
        );
        Assert.Equal(before, File.ReadAllBytes(last));
        CheckpointFile.Read(last);
        Drcnn.Succeed("train", "--resume", "--out", place.Run, "--quiet");
        Assert.Equal(Enumerable.Range(1, Iterations), TrainTests.StepsOf(TrainTests.LogOf(place.Run)));
    }

    [Theory]
    [InlineData("a full disk")]
    [InlineData("a folder that is read-only")]
    [InlineData("a folder that is gone")]
    public void The_run_goes_on_as_often_as_it_is_allowed_to_and_says_so(string loss)
    {
        using Place place = Make(loss);
        (ProcessRun run, string output) = Train(
            place,
            line =>
            {
                if (line.StartsWith($"3/{Iterations}", StringComparison.Ordinal))
                {
                    place.Lose();
                }
                else if (line.StartsWith("warning: ", StringComparison.Ordinal))
                {
                    place.Restore();
                }
            },
            "--set",
            "checkpoint.failuresInARow=1"
        );
        Assert.True(run.ExitCode == ExitCode.Done, run.Errors);
        string warning = Assert.Single(
            output.Split('\n'),
            line => line.StartsWith("warning: ", StringComparison.Ordinal)
        );
        Assert.Contains("iteration-0000004.safetensors: the file cannot be written", warning, StringComparison.Ordinal);
        Assert.Contains("the run goes on (1 in a row", warning, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(1, Iterations), TrainTests.StepsOf(TrainTests.LogOf(place.Run)));
        CheckpointFile.Read(TrainedRun.CheckpointOf(place.Run, 6));
        CheckpointFile.Read(TrainedRun.CheckpointOf(place.Run, Iterations));
    }

    [Fact]
    public void Once_too_often_ends_the_run_all_the_same()
    {
        using Place place = Make("a folder that is gone");
        (ProcessRun run, string output) = Train(
            place,
            line =>
            {
                if (line.StartsWith($"3/{Iterations}", StringComparison.Ordinal))
                {
                    place.Lose();
                }
            },
            "--set",
            "checkpoint.failuresInARow=1"
        );
        place.Restore();
        Assert.Contains("the run goes on (1 in a row", output, StringComparison.Ordinal);
        Drcnn.RequireOneSentence(run, ExitCode.RunFailed, ["iteration-0000006.safetensors", "cannot be written"]);
    }

    private (ProcessRun Run, string Output) Train(Place place, Action<string> react, params string[] more)
    {
        using var output = new ReactingWriter(react);
        using var errors = new StringWriter();
        string[] arguments = trained.TrainArguments(
            place.Run,
            ["--set", "evaluation.panelImages=0", "--set", "checkpoint.keep=9", .. more]
        );
        arguments[Array.IndexOf(arguments, "--iterations") + 1] = $"{Iterations}";
        arguments[Array.IndexOf(arguments, "evaluation.interval=2")] = "evaluation.interval=0";
        int code = CommandHost.Run(arguments, output, errors);
        return (new ProcessRun(code, output.ToString(), errors.ToString()), output.ToString());
    }

    private Place Make(string loss)
    {
        if (loss == "a full disk")
        {
            SmallDisk disk = SmallDisk.Mount("size=110m");
            string? filler = null;
            return new Place(
                Path.Combine(disk.Root, "run"),
                () => filler = disk.Fill(RoomForLines),
                () =>
                {
                    if (filler is not null)
                    {
                        File.Delete(filler);
                    }
                },
                disk.Dispose
            );
        }

        string run = folder.Path("run");
        string checkpoints = Path.Combine(run, "checkpoints");
        if (loss == "a folder that is gone")
        {
            return new Place(
                run,
                () => Directory.Move(checkpoints, $"{checkpoints}-away"),
                () => Return(checkpoints),
                () => { }
            );
        }

        // Root writes everywhere, but not where nothing is mounted for writing.
        return Environment.IsPrivilegedProcess
            ? new Place(
                run,
                () =>
                {
                    Mount("--bind", checkpoints, checkpoints);
                    Mount("-o", "remount,bind,ro", checkpoints);
                },
                () => ProcessRun.Of("umount", [checkpoints]),
                () => { }
            )
            : new Place(
                run,
                () => File.SetUnixFileMode(checkpoints, UnixFileMode.UserRead | UnixFileMode.UserExecute),
                () =>
                    File.SetUnixFileMode(
                        checkpoints,
                        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                    ),
                () => { }
            );
    }

    private static void Return(string checkpoints)
    {
        if (Directory.Exists($"{checkpoints}-away"))
        {
            Directory.Move($"{checkpoints}-away", checkpoints);
        }
    }

    private static void Mount(params string[] arguments)
    {
        ProcessRun mount = ProcessRun.Of("mount", arguments);
        if (mount.ExitCode != 0)
        {
            Assert.Skip($"needs a read-only mount: {mount.Errors.Trim()}");
        }
    }

    /// <summary>Where a run lives, and what befalls its checkpoints.</summary>
    private sealed record Place(string Run, Action Lose, Action Restore, Action Free) : IDisposable
    {
        public void Dispose()
        {
            Restore();
            Free();
        }
    }
}
