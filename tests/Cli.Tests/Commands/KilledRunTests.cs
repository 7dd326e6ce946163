using System.Diagnostics;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>A run that is killed at random moments of writing a checkpoint, again and again, each time going on from what the last kill left.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class KilledRunTests(TrainedRun trained, ITestOutputHelper output) : InFolder
{
    /// <summary>`dotnet fsi build.fsx endure` sets it.</summary>
    private const string CountVariable = "DRCNN_KILLS";
    private const int Kills = 3;
    private const int ManyIterations = 100_000;

    /// <summary>A moment may also come after the file has its name: so much of a checkpoint's time is added.</summary>
    private const double Beyond = 1.2;

    private static readonly string[] savesAlways =
    [
        .. new[] { "--set", "checkpoint.interval=1", "--set", "checkpoint.keep=1", "--set", "evaluation.interval=0" },
        .. new[] { "--set", "run.logInterval=1000" },
    ];

    [Fact]
    public void A_run_killed_while_it_saves_has_the_previous_or_the_new_checkpoint_and_ends_like_one_that_was_not()
    {
        int kills = EndureCount.Of(CountVariable, Kills);
        var random = new Random(20260401);
        string run = trained.CopyOfRun(folder.Path("run"));
        int previous = 0;
        int same = 0;
        int unfinished = 0;
        int late = 0;
        while (previous + same < kills)
        {
            int saving = KillWhileSaving(run, random);
            string[] left = Directory.GetFiles(Path.Combine(run, "checkpoints"), "*.tmp");
            unfinished += left.Length;
            int last = LastIteration(run);
            Assert.True(last >= saving - 1, $"kill {previous + same}: saving {saving}, and {last} is there");
            CheckpointFile.Read(TrainedRun.CheckpointOf(run, last)); // throws when a bit is not as it was written
            // On a busy machine a kill may come when the run is steps further; it is looked at, and not counted.
            late += last > saving ? 1 : 0;
            previous += last < saving ? 1 : 0;
            same += last == saving ? 1 : 0;
        }

        output.WriteLine(
            $"{kills} kills while saving: {kills} times a whole checkpoint ({previous} times the previous one, {same} times the new one), "
                + $"0 times neither; {unfinished} unfinished files left; {late} more kills came after the save and left a whole one too"
        );
        EndsLikeOneThatWasNot(run, LastIteration(run) + 2);
        Assert.Empty(Directory.GetFiles(run, "*.tmp", SearchOption.AllDirectories));
    }

    private static int KillWhileSaving(string run, Random random)
    {
        using var moment = new SavingMoment(Path.Combine(run, "checkpoints"));
        using Process process = Process.Start(
            new ProcessStartInfo(
                "dotnet",
                [Drcnn.Assembly, "train", "--resume", "--out", run, "--iterations", $"{ManyIterations}", .. savesAlways]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        // The second one at least: the first says how long one takes.
        int saving = moment.Next(process);
        for (int more = random.Next(1, 3); more > 0; more--)
        {
            saving = moment.Next(process);
        }

        SavingMoment.Pass(random.NextDouble() * Beyond * moment.LastMicroseconds);
        process.Kill();
        process.WaitForExit();
        return saving;
    }

    private void EndsLikeOneThatWasNot(string killed, int iterations)
    {
        string whole = trained.CopyOfRun(folder.Path("whole"));
        foreach (string run in new[] { killed, whole })
        {
            Drcnn.Succeed([
                "train",
                "--resume",
                "--out",
                run,
                "--iterations",
                $"{iterations}",
                "--quiet",
                .. savesAlways,
            ]);
        }

        TensorFile expected = SafetensorsFile.Read(TrainedRun.CheckpointOf(whole, iterations));
        TensorFile found = SafetensorsFile.Read(TrainedRun.CheckpointOf(killed, iterations));
        Assert.Equal(expected.Metadata["training_state"], found.Metadata["training_state"]);
        Assert.Equal(expected.Tensors.Keys, found.Tensors.Keys);
        Assert.All(
            expected.Tensors,
            tensor => Assert.True(tensor.Value.Data.Span.SequenceEqual(found.Tensors[tensor.Key].Data.Span), tensor.Key)
        );
        Assert.Equal(Enumerable.Range(1, iterations), TrainTests.StepsOf(TrainTests.LogOf(killed)));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(whole, "statistics.bin")),
            File.ReadAllBytes(Path.Combine(killed, "statistics.bin"))
        );
    }

    private static int LastIteration(string run) =>
        Directory
            .GetFiles(Path.Combine(run, "checkpoints"), "iteration-*.safetensors")
            .Max(path =>
                int.Parse(
                    Path.GetFileNameWithoutExtension(path)["iteration-".Length..],
                    System.Globalization.CultureInfo.InvariantCulture
                )
            );
}
