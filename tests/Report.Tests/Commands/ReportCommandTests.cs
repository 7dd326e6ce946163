using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Report.Tests.Commands;

/// <summary>drcnn report as a process, without libtorch.</summary>
public sealed class ReportCommandTests : IDisposable
{
    private readonly RecordedRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public async Task It_writes_into_the_first_runs_folder_or_where_it_is_told_and_replaces_its_own_file()
    {
        run.Whole();
        using RecordedRun other = new("fixed");
        other.WithSteps(5);
        string inside = Path.Combine(run.Path, "report.html");
        await File.WriteAllTextAsync(inside, "an older report", TestContext.Current.CancellationToken);
        (int code, string output, string errors) = await DrcnnProcess.Run("report", run.Path, other.Path);
        Assert.Equal((ExitCode.Done, ""), (code, errors));
        Assert.StartsWith($"{inside} (", output, StringComparison.Ordinal);
        string page = await File.ReadAllTextAsync(inside, TestContext.Current.CancellationToken);
        Assert.Contains("\"name\":\"dynamic\"", page, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"fixed\"", page, StringComparison.Ordinal);

        string elsewhere = Path.Combine(other.Path, "page.html");
        Assert.Equal(0, (await DrcnnProcess.Run("report", other.Path, "--out", elsewhere)).ExitCode);
        Assert.True(File.Exists(elsewhere));
        Assert.False(File.Exists(Path.Combine(other.Path, "report.html")));
    }

    [Fact]
    public async Task What_is_no_run_or_damaged_ends_in_one_sentence_and_leaves_no_file()
    {
        string missing = Path.Combine(run.Path, "nothing");
        (int code, _, string errors) = await DrcnnProcess.Run("report", missing);
        Assert.Equal(
            (ExitCode.BadInput, $"drcnn: {missing}: there is no run; expected a folder with a config.json.\n"),
            (code, errors)
        );
        run.WithSteps(3).WithEvaluation(3, "{");
        (code, _, errors) = await DrcnnProcess.Run("report", run.Path);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains(
            "iteration-0000003.json: expected the figures of an evaluation",
            errors,
            StringComparison.Ordinal
        );
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.False(File.Exists(Path.Combine(run.Path, "report.html")));
    }
}
