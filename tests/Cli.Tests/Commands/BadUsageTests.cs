using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Command lines and configurations that ask for what there is not.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class BadUsageTests(TrainedRun trained) : InFolder
{
    [Theory]
    [InlineData("", "name a command")]
    [InlineData("trian", "no such command: trian", "did you mean train?")]
    [InlineData("frobnicate", "no such command: frobnicate", "expected one of train, eval")]
    [InlineData("presets --loud", "presets: ", "--loud")]
    [InlineData("config tiny-demos", "tiny-demos", "did you mean tiny-demo?")]
    [InlineData("eval", "--checkpoint FILE", "--annotations JSON")]
    [InlineData("predict --checkpoint a b.jpg", "predict: ", "--out")]
    [InlineData("inspect", "inspect: ", "--data")]
    [InlineData("train --data d --preset tiny-demo", "train: ", "--out")]
    [InlineData("train --out r --preset tiny-demo", "train: --data PATH is missing")]
    [InlineData("train --data d --out r", "train: --preset NAME or --config FILE is missing")]
    [InlineData("train --data d --out r --preset tiny-demo --quiet --verbose", "--quiet and --verbose contradict")]
    [InlineData("doctor --threads many", "--threads", "a whole number", "many")]
    public void A_wrong_command_line_is_one_sentence_with_what_was_expected(string line, params string[] parts) =>
        Drcnn.Refuse(ExitCode.BadUsage, parts, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Theory]
    [InlineData("--iterations 0", "solver.iterations", "got 0", "at least 1")]
    [InlineData("--iterations -5", "solver.iterations", "got -5", "at least 1")]
    [InlineData("--iterations 3.5", "--iterations", "a whole number", "3.5")]
    [InlineData("--iterations 99999999999", "--iterations", "99999999999")]
    [InlineData("--seed one", "--seed", "a whole number", "one")]
    [InlineData("--threads -1", "run.threads", "got -1", "at least 0")]
    [InlineData("--device cuda", "run.device", "cuda", "cpu")]
    [InlineData("--device cuda:1", "run.device", "cuda:1", "cpu")]
    [InlineData("--device gpu", "--device: run.device: got gpu", "cpu, cuda or cuda:N")]
    [InlineData("--preset tiny-dmo", "--preset: preset: got tiny-dmo", "did you mean tiny-demo?")]
    [InlineData("--set solver.momentun=1", "--set: solver.momentun: no such key", "did you mean solver.momentum?")]
    [InlineData("--set lowErrorCount=3", "--set: lowErrorCount: no such key", "did you mean dynamic.lowErrorCount?")]
    [InlineData("--set solver.momentum", "--set", "solver.momentum", "path=value")]
    [InlineData("--set solver.momentum=fast", "--set: solver.momentum: got \"fast\"", "a number")]
    [InlineData("--set data.strict=perhaps", "--set: data.strict: got \"perhaps\"", "true or false")]
    [InlineData("--set dynamic.rule=Newest", "--set: dynamic.rule: got \"Newest\"", "ProposalsOnly")]
    [InlineData("--set data.shortSides=[]", "--set: data.shortSides: got []")]
    [InlineData("--iterations 5 --set solver.iterations=6", "solver.iterations", "given twice")]
    public void A_wrong_value_names_option_field_value_and_what_is_expected(string options, params string[] parts)
    {
        string run = folder.Path("run");
        string[] preset = options.Contains("--preset", StringComparison.Ordinal) ? [] : ["--preset", "tiny-demo"];
        Drcnn.Refuse(
            ExitCode.BadUsage,
            parts,
            ["train", "--data", trained.Data, "--out", run, .. preset, .. options.Split(' ')]
        );
        Assert.False(Path.Exists(run), "a refused run leaves no folder");
    }

    [Theory]
    [InlineData("{ \"preset\": \"tiny-demo\", \"solver\": { \"momentum\": \"fast\" } }", "solver.momentum", "a number")]
    [InlineData("{ \"preset\": \"tiny-demo\", \"solver\": 3 }", "solver", "3")]
    [InlineData("{ \"preset\": \"tiny-demo\", \"sovler\": { \"momentum\": 0.9 } }", "sovler", "did you mean")]
    [InlineData("{ \"preset\": 7 }", "preset", "7")]
    [InlineData("[1, 2]", "is no JSON object")]
    [InlineData("{ \"preset\": ", "JSON")]
    [InlineData("", "JSON")]
    public void A_wrong_configuration_file_names_file_and_field(string text, params string[] parts)
    {
        string file = folder.Write("my.json", text);
        string run = folder.Path("run");
        string[] arguments = ["train", "--data", trained.Data, "--config", file, "--out", run];
        Drcnn.Refuse(ExitCode.BadUsage, [file, .. parts], arguments);
        Assert.False(Path.Exists(run), "a refused run leaves no folder");
    }

    [Fact]
    public void Every_problem_of_a_command_line_has_a_sentence_of_its_own()
    {
        ProcessRun run = Drcnn.Run("config", "tiny-demo", "--set", "solver.momentum=2", "--set", "run.sed=1");
        Assert.Equal(ExitCode.BadUsage, run.ExitCode);
        Assert.Contains("solver.momentum: got 2", run.Errors, StringComparison.Ordinal);
        Assert.Contains("run.sed: no such key; did you mean run.seed?", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_file_that_is_not_there_or_is_a_folder_is_named()
    {
        foreach (string path in new[] { folder.Path("no.json"), folder.Root })
        {
            Drcnn.Refuse(ExitCode.BadInput, [path], ["config", "--config", path]);
        }
    }

    [Fact]
    public void A_device_that_is_not_there_is_refused_for_evaluation_and_prediction_too()
    {
        string[] parts = ["run.device", "cuda", "cpu"];
        string image = Path.Combine(trained.Data, "images", "val_0000.jpg");
        Drcnn.Refuse(
            ExitCode.BadUsage,
            parts,
            ["eval", "--checkpoint", trained.Checkpoint, "--data", trained.Data, "--device", "cuda"]
        );
        Drcnn.Refuse(
            ExitCode.BadUsage,
            parts,
            ["predict", "--checkpoint", trained.Checkpoint, "--out", folder.Path("out"), "--device", "cuda:0", image]
        );
        Assert.False(Path.Exists(folder.Path("out")), "nothing is written");
    }
}
