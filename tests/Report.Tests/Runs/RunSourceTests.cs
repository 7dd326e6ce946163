using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Report.Tests.Runs;

public sealed class RunSourceTests : IDisposable
{
    private readonly RecordedRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void What_was_added_to_a_run_is_found_and_nothing_else_counts_as_new()
    {
        RunSource source = run.WithSteps(100).WithStatistics(100).Open();
        Assert.False(source.Update());
        run.WithEvaluation(100, 0.4);
        Assert.True(source.Update());
        Assert.False(source.Update());
        Assert.Equal(0.4, Assert.Single(source.Evaluations).AP);
        run.WithPanel().WithFound(100, 0.9, 0);
        Assert.True(source.Update());
        Assert.NotNull(source.Evaluations[0].PanelPath);
        run.WithSteps(1, first: 101);
        Assert.True(source.Update());
        Assert.Equal(101, source.Iteration);
    }

    [Fact]
    public void Evaluations_after_the_last_iteration_belong_to_no_run()
    {
        run.WithSteps(150).WithEvaluation(100, 0.4).WithEvaluation(200, 0.6);
        Assert.Equal([100], run.Open().Evaluations.Select(evaluation => evaluation.Iteration));
    }

    [Fact]
    public void The_record_of_statistics_is_read_on_where_it_ended_and_anew_where_it_was_cut_back()
    {
        RunSource source = run.WithSteps(1).WithStatistics(50).Open();
        byte[] whole = File.ReadAllBytes(Path.Combine(run.Path, "statistics.bin"));
        Assert.Equal(Enumerable.Range(1, 50), source.Statistics[0].Iterations);
        run.WithStatistics(80);
        Assert.True(source.Update());
        Assert.Equal(Enumerable.Range(1, 80), source.Statistics[0].Iterations);
        int own = source.Statistics[0].Ranks.ToList().IndexOf(source.Statistics[0].OwnRank);
        Assert.True(source.Statistics[0].TopIoUs(own)[79] > source.Statistics[0].TopIoUs(own)[0]);
        File.WriteAllBytes(Path.Combine(run.Path, "statistics.bin"), whole[..^100]); // the last record is torn
        source.Update();
        Assert.Equal(Enumerable.Range(1, 49), source.Statistics[0].Iterations);
    }

    [Fact]
    public void Runs_of_the_same_name_are_told_apart_by_the_folders_around_them()
    {
        Assert.Equal(["one/run", "two/run"], RunNames.Shortest(["/data/one/run", "/data/two/run"]));
        Assert.Equal(["first", "second"], RunNames.Shortest(["/data/first", "/data/second"]));
        Assert.Equal(["/a/b", "/b"], RunNames.Shortest(["/a/b", "/b"]));
        Assert.Equal(["run"], RunNames.Shortest(["/data/run"]));
    }

    [Fact]
    public void A_folder_without_a_run_and_a_run_named_twice_are_refused()
    {
        string empty = Path.GetTempPath();
        RunException none = Assert.Throws<RunException>(() => RunSource.Open([empty]));
        Assert.Contains(empty, none.Message, StringComparison.Ordinal);
        RunException twice = Assert.Throws<RunException>(() => RunSource.Open([run.Path, run.Path + "/"]));
        Assert.Contains("named twice", twice.Message, StringComparison.Ordinal);
        Assert.Equal(RunFault.Request, twice.Fault);
    }

    [Theory]
    [InlineData("config.json", "[1]")]
    [InlineData("evaluation/iteration-0000001.json", "{\"figures\":")]
    [InlineData("evaluation/iteration-0000001.json", "3")]
    [InlineData("panel/images.json", "{}")]
    [InlineData("environment.json", "{}")]
    [InlineData("statistics.bin", "no statistics")]
    public void A_damaged_file_is_named(string file, string text)
    {
        run.WithSteps(1).WithPanel();
        string path = Path.Combine(run.Path, file);
        File.WriteAllText(path, text);
        RunException error = Assert.Throws<RunException>(run.Open);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }
}
