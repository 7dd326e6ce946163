using System.Text.Json;
using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>drcnn train on the data sets of public reports.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class ReportTrainingTests : InFolder
{
    [Fact]
    public void Classes_in_another_order_and_with_other_ids_keep_their_names()
    {
        string output = Drcnn.Succeed(Arguments("06-category-order"));
        Assert.Matches(@"(?m)^ *green ", output);
        Assert.Matches(@"(?m)^ *red ", output);
        Assert.DoesNotContain("id 3", output, StringComparison.Ordinal);
        Assert.DoesNotContain("id 7", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_split_with_some_of_the_classes_is_evaluated_on_what_it_has() =>
        Assert.Contains(
            "does not list green; it is evaluated on the classes that it has",
            Drcnn.Succeed(Arguments("06-category-order/subset")),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_class_that_training_lacks_is_refused() =>
        Drcnn.Refuse(
            ExitCode.BadInput,
            ["3 blue", "no other classes than these"],
            Arguments("06-category-order/further")
        );

    [Fact]
    public void A_split_without_objects_has_no_AP_and_no_best()
    {
        string output = Drcnn.Succeed(Arguments("44-empty-val"));
        Assert.Contains("AP -, AP50 -, AP75 -", output, StringComparison.Ordinal);
        Assert.Contains("best AP -:", output, StringComparison.Ordinal);
        Assert.DoesNotContain("-1.000", output, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.Path("run", "checkpoints", "best.safetensors")));
    }

    [Fact]
    public void Nothing_to_learn_is_refused()
    {
        Drcnn.Refuse(ExitCode.BadInput, ["0 boxes and 6 crowd regions", "nothing to learn"], Arguments("45-all-crowd"));
        Assert.False(Path.Exists(folder.Path("run")));
    }

    [Fact]
    public void An_export_of_Roboflow_trains_in_one_line() =>
        Assert.Contains(
            "2 images, 3 boxes, 1 finding",
            Drcnn.Succeed(Arguments("01-roboflow-coco")),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_run_goes_on_with_its_own_data_from_any_folder_and_says_so_where_they_changed()
    {
        string there = Repository.Shared("data", "reports", "47-resume-elsewhere");
        string run = folder.Path("run");
        ProcessRun began = ProcessRun.Of(
            "dotnet",
            [Drcnn.Assembly, .. Arguments("47-resume-elsewhere/a/data", "data")],
            folder: Path.Combine(there, "a")
        );
        Assert.True(began.ExitCode == 0, began.Errors);
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "config.json")));
        Assert.Contains(
            JsonSerializer.Serialize(Path.Combine(there, "a", "data")),
            config.RootElement.GetRawText(),
            StringComparison.Ordinal
        );
        string[] goesOn = ["train", "--out", run, "--resume", "--iterations", "6"];
        ProcessRun same = ProcessRun.Of("dotnet", [Drcnn.Assembly, .. goesOn], folder: Path.Combine(there, "b"));
        Assert.True(same.ExitCode == 0, same.Errors);
        Assert.DoesNotContain("not the same data", same.Output, StringComparison.Ordinal);
        string other = Drcnn.Succeed([
            "train",
            "--out",
            run,
            "--resume",
            "--iterations",
            "8",
            "--data",
            Path.Combine(there, "b", "data"),
        ]);
        Assert.Contains("warning: the split 'train' has 2 images, 3 boxes", other, StringComparison.Ordinal);
        Assert.Contains("they are not the same data", other, StringComparison.Ordinal);
    }

    private string[] Arguments(string name, string? data = null) =>
        [
            .. new[] { "train", "--data", data ?? Repository.Shared("data", "reports", name) },
            .. new[] { "--out", folder.Path("run") },
            .. TrainedRun.FewSteps,
        ];
}
