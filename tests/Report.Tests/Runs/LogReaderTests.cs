using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Report.Tests.Runs;

public sealed class LogReaderTests : IDisposable
{
    private readonly RecordedRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void A_last_line_that_is_not_whole_is_read_once_it_is()
    {
        LogReader log = new(run.WithSteps(3).LogPath);
        run.WithText("{\"iteration\":4,\"los");
        Assert.True(log.Update());
        Assert.Equal([1, 2, 3], log.Steps.Iterations);
        Assert.False(log.Update());
        run.WithText("s\":1.5}\n");
        Assert.True(log.Update());
        Assert.Equal([1, 2, 3, 4], log.Steps.Iterations);
        Assert.Equal(1.5, log.Steps.Find("loss")![3]);
        Assert.Equal(0, log.Unreadable);
    }

    [Fact]
    public void What_is_missing_or_not_finite_or_skipped_is_a_gap_and_is_counted()
    {
        run.WithText(
            """
            {"iteration":1,"loss":2,"beta":1}
            {"iteration":2,"beta":1,"skipped":true}
            {"iteration":3,"loss":"NaN","beta":1,"non_finite":"the loss"}

            no JSON
            [1]
            {"loss":3}
            {"iteration":"4"}
            {"iteration":4,"loss":1,"beta":0.5,"extra":9}

            """
        );
        LogReader log = new(run.LogPath);
        log.Update();
        Assert.Equal([1, 2, 3, 4], log.Steps.Iterations);
        Assert.Equal([2, double.NaN, double.NaN, 1], log.Steps.Find("loss"));
        Assert.Equal([double.NaN, double.NaN, double.NaN, 9], log.Steps.Find("extra"));
        Assert.Equal((1, 1, 4), (log.Skipped, log.NonFinite, log.Unreadable));
        Assert.Null(log.Steps.Find("nothing"));
    }

    [Fact]
    public void A_log_that_was_cut_back_and_has_grown_again_is_read_anew()
    {
        LogReader log = new(run.WithSteps(10).LogPath);
        log.Update();
        File.WriteAllLines(run.LogPath, File.ReadLines(run.LogPath).Take(4).ToArray());
        for (int iteration = 5; iteration <= 14; iteration++)
        {
            run.WithText($$"""{"iteration":{{iteration}},"loss":{{iteration}}}""" + "\n");
        }
        Assert.True(log.Update());
        Assert.Equal(Enumerable.Range(1, 14), log.Steps.Iterations);
        Assert.Equal(9, log.Steps.Find("loss")![8]);
    }

    [Fact]
    public void An_iteration_that_comes_again_replaces_what_came_after_it()
    {
        LogReader log = new(run.WithSteps(5).LogPath);
        run.WithText("""{"iteration":3,"loss":30}""" + "\n");
        log.Update();
        Assert.Equal([1, 2, 3], log.Steps.Iterations);
        Assert.Equal(30, log.Steps.Find("loss")![2]);
    }

    [Fact]
    public void Lines_longer_than_the_buffer_are_read()
    {
        string padding = new('x', 3 << 20);
        run.WithText(
            $$"""{"iteration":1,"loss":1}""" + "\n" + $$"""{"iteration":2,"note":"{{padding}}","loss":2}""" + "\n"
        );
        LogReader log = new(run.LogPath);
        log.Update();
        run.WithText("""{"iteration":3,"loss":3}""" + "\n");
        log.Update();
        Assert.Equal([1, 2, 3], log.Steps.Find("loss"));
    }

    [Fact]
    public void Evaluations_are_kept_apart_with_their_validation_losses()
    {
        run.WithSteps(2)
            .WithText("""{"iteration":2,"evaluation":{"AP":0.5},"validation_loss":{"loss":1.25},"seconds":3}""" + "\n")
            .WithSteps(1, first: 3);
        LogReader log = new(run.LogPath);
        log.Update();
        Assert.Equal([1, 2, 3], log.Steps.Iterations);
        Assert.Equal([2], log.Evaluations.Iterations);
        Assert.Equal([1.25], log.Evaluations.Find("validation.loss"));
    }
}
