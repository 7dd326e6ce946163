using System.Globalization;
using System.Text.Json;
using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>drcnn eval with a checkpoint.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class EvalTests(TrainedRun trained) : InFolder
{
    [Fact]
    public void A_checkpoint_gets_the_12_figures_on_the_terminal_and_in_the_file()
    {
        string json = folder.Path("figures.json");
        string output = Drcnn.Succeed(
            "eval",
            "--checkpoint",
            trained.Checkpoint,
            "--data",
            trained.Data,
            "--json",
            json
        );
        Assert.Contains("iteration 4", output, StringComparison.Ordinal);
        Assert.Contains("3 images", output, StringComparison.Ordinal);
        RequireSameFigures(output, FiguresOf(json));
    }

    [Fact]
    public void A_run_is_evaluated_by_its_best_checkpoint_as_it_was_while_training()
    {
        string json = folder.Path("figures.json");
        Drcnn.Succeed("eval", "--checkpoint", trained.Run, "--data", trained.Data, "--json", json);
        IEnumerable<string> during = Directory
            .EnumerateFiles(Path.Combine(trained.Run, "evaluation"))
            .Where(file => !file.EndsWith(".panel.json", StringComparison.Ordinal));
        Assert.Contains(during, file => FiguresOf(file).SequenceEqual(FiguresOf(json)));
    }

    [Theory]
    [InlineData("Official", "None")]
    [InlineData("MMDetection", "Linear")]
    public void Several_sizes_and_soft_suppression_are_settings(string kind, string softNms)
    {
        string json = folder.Path("figures.json");
        string output = Drcnn.Succeed(
            "eval",
            "--checkpoint",
            trained.Checkpoint,
            "--data",
            trained.Data,
            "--set",
            $"evaluation.testing.kind={kind}",
            "--set",
            "evaluation.testing.scales=64,96",
            "--set",
            $"evaluation.softNms.kind={softNms}",
            "--json",
            json
        );
        RequireSameFigures(output, FiguresOf(json));
    }

    [Fact]
    public void Another_split_is_evaluated_when_it_is_named_and_refused_when_it_is_not_there()
    {
        string[] arguments = ["eval", "--checkpoint", trained.Checkpoint, "--data", trained.Data, "--split"];
        Assert.Contains("6 images", Drcnn.Succeed([.. arguments, "train"]), StringComparison.Ordinal);
        Drcnn.Refuse(ExitCode.BadInput, [trained.Data, "no split 'test'", "train, val"], [.. arguments, "test"]);
    }

    /// <summary>The 12 figures of a file that --json wrote, in their order.</summary>
    internal static (string Name, double Value)[] FiguresOf(string json)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(json));
        return
        [
            .. document
                .RootElement.GetProperty("figures")
                .EnumerateObject()
                .Select(figure => (figure.Name, figure.Value.GetDouble())),
        ];
    }

    /// <summary>Passes when the terminal shows the file's figures to six decimals.</summary>
    internal static void RequireSameFigures(string output, (string Name, double Value)[] figures)
    {
        Assert.Equal(12, figures.Length);
        string[][] lines =
        [
            .. output.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
        ];
        foreach ((string name, double value) in figures)
        {
            string shown = value < 0 ? "-" : value.ToString("F6", CultureInfo.InvariantCulture);
            Assert.Contains(lines, line => line.Length > 2 && line[0] == name && line[1] == shown);
        }
    }
}
