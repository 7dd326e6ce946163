using System.Text.Json;
using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Splits that the command line names, and the data that a run knows as its own.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class SplitsByHandTests(TrainedRun trained) : InFolder
{
    [Fact]
    public void The_tables_of_raccoon_are_its_splits()
    {
        string data = Repository.Shared("data", "raccoon");
        string json = folder.Path("counts.json");
        string output = Drcnn.Succeed(
            "inspect",
            "--data",
            data,
            "--train",
            "data/train_labels.csv",
            "--val",
            "data/test_labels.csv",
            "--json",
            json
        );
        Assert.Contains("train is data/train_labels.csv", output, StringComparison.Ordinal);
        using JsonDocument counts = JsonDocument.Parse(File.ReadAllBytes(json));
        Assert.Equal(
            ["train 160 173", "val 40 44"],
            counts
                .RootElement.GetProperty("splits")
                .EnumerateArray()
                .Select(split =>
                    $"{split.GetProperty("name").GetString()} {split.GetProperty("images")} {split.GetProperty("boxes")}"
                )
        );
        Assert.Empty(counts.RootElement.GetProperty("findings").EnumerateArray());
    }

    [Fact]
    public void A_share_that_is_held_out_is_what_the_run_and_its_evaluation_measure()
    {
        string run = folder.Path("run");
        string[] whole = ["--train", "train", "--val", "train"];
        Assert.Contains("val: 6 images", Train(run, whole), StringComparison.Ordinal);

        string annotations = Path.Combine(trained.Data, "annotations", "instances_train.json");
        string held = folder.Path("held");
        string[] arguments =
        [
            "train",
            "--data",
            annotations,
            "--hold-out",
            "34%",
            "--out",
            held,
            .. TrainedRun.FewSteps,
        ];
        string output = Drcnn.Succeed(arguments);
        Assert.Contains("train: 4 images", output, StringComparison.Ordinal);
        Assert.Contains("val: 2 images", output, StringComparison.Ordinal);

        // The run's own data, named or not.
        Assert.Contains("2 images", Drcnn.Succeed("eval", "--checkpoint", held), StringComparison.Ordinal);
        string named = Drcnn.Succeed("eval", "--checkpoint", held, "--data", annotations);
        Assert.Contains("2 images", named, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", named, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_data_of_the_same_split_are_said()
    {
        string output = Drcnn.Succeed(
            "eval",
            "--checkpoint",
            trained.Checkpoint,
            "--data",
            trained.Data,
            "--val",
            "train"
        );
        Assert.Contains("warning: the split 'val' has 6 images", output, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", Drcnn.Succeed("eval", "--checkpoint", trained.Run), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_without_anything_to_evaluate_says_what_will_be_missing_last()
    {
        string annotations = Path.Combine(trained.Data, "annotations", "instances_train.json");
        string output = Drcnn.Succeed([
            "train",
            "--data",
            annotations,
            "--out",
            folder.Path("run"),
            .. TrainedRun.FewSteps,
        ]);
        string[] lines = output.Split('\n');
        int warning = Array.FindIndex(lines, line => line.Contains("--hold-out 20%", StringComparison.Ordinal));
        Assert.Contains("no AP", lines[warning], StringComparison.Ordinal);
        Assert.Contains("1/4", lines[warning + 1], StringComparison.Ordinal);
        Assert.Contains(
            "warning: these are the images that the run was trained on",
            Drcnn.Succeed("eval", "--checkpoint", folder.Path("run")),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("--hold-out", "1.5", "--hold-out: data.holdOut: got 1.5")]
    [InlineData("--hold-out", "many", "--hold-out: data.holdOut")]
    [InlineData("--hold-out", "20%", "has the split val")]
    [InlineData("--val", "nowhere", "--val nowhere: there is no such split, file or folder")]
    public void What_cannot_be_meant_is_one_sentence(string option, string value, string expected) =>
        Drcnn.Refuse(
            expected.Contains("data.holdOut", StringComparison.Ordinal) ? ExitCode.BadUsage : ExitCode.BadInput,
            [expected],
            trained.TrainArguments(folder.Path("run"), option, value)
        );

    [Fact]
    public void Splits_by_hand_are_enough_to_train()
    {
        string annotations = Path.Combine(trained.Data, "annotations");
        string output = Drcnn.Succeed([
            "train",
            "--train",
            Path.Combine(annotations, "instances_train.json"),
            "--val",
            Path.Combine(annotations, "instances_val.json"),
            "--out",
            folder.Path("run"),
            .. TrainedRun.FewSteps,
        ]);
        Assert.Contains("train: 6 images", output, StringComparison.Ordinal);
        Assert.Contains("val: 3 images", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_whose_data_have_moved_says_how_to_go_on()
    {
        string data = folder.Path("data");
        CopyFolder(trained.Data, data);
        string run = folder.Path("run");
        Drcnn.Succeed(["train", "--data", data, "--out", run, .. TrainedRun.FewSteps]);
        Directory.Move(data, folder.Path("moved"));
        Drcnn.Refuse(ExitCode.BadInput, [data, "--data PATH"], "eval", "--checkpoint", run);
        Drcnn.Refuse(ExitCode.BadInput, [data, "--data PATH"], "train", "--resume", "--out", run);
        Drcnn.Succeed("eval", "--checkpoint", run, "--data", folder.Path("moved"));
    }

    [Fact]
    public void Counts_never_replace_a_file_of_the_data_set()
    {
        string file = Path.Combine(trained.Data, "annotations", "instances_train.json");
        byte[] before = File.ReadAllBytes(file);
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["is there already and lies in what is read,", "expected another place"],
            "inspect",
            "--data",
            trained.Data,
            "--json",
            file
        );
        Assert.Equal(before, File.ReadAllBytes(file));
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private string Train(string run, string[] splits) => Drcnn.Succeed(trained.TrainArguments(run, splits));
}
