using DynamicRcnn.Runs;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Runs;

/// <summary>
/// Runs that are stopped and resumed end with the bits, and the lines, of one that was not. There are three batches in an epoch, three iterations in a
/// window of the schedule, and two of warm-up.
/// </summary>
public sealed class ExactResumeTests : IDisposable
{
    private const int Iterations = 8;
    private readonly DrawnRun drawn = new();

    public void Dispose() => drawn.Dispose();

    [Theory]
    [InlineData(1, "during the warm-up")]
    [InlineData(4, "inside a window, and after an evaluation")]
    [InlineData(5, "inside a window, in the middle of an epoch")]
    public void Weights_momentum_schedule_log_statistics_events_and_tables_are_those_of_the_whole_run(
        int cut,
        string where
    )
    {
        drawn.Whole("whole");
        using (TrainingRun first = drawn.Start("parts", drawn.Config()))
        {
            int asked = 0;
            _ = first.ToEnd(() => asked++ == cut).Last();
            Assert.True(first.Iteration == cut, where);
        }
        Resumed();
    }

    [Fact]
    public void A_run_with_AdamW_a_cosine_and_GIoU_goes_on_to_the_bit_too()
    {
        string[] sets =
        [
            "solver.optimizer=AdamW",
            "solver.baseLearningRate=0.001",
            "solver.rateSchedule=Cosine",
            "model.roiHead.boxLoss=GIoU",
            "dynamic.moveBeta=false",
            "dynamic.rankScaling=PerOverlap",
        ];
        drawn.Whole("whole", sets);
        using (TrainingRun first = drawn.Start("parts", drawn.Config(sets)))
        {
            int asked = 0;
            _ = first.ToEnd(() => asked++ == 5).Last();
        }
        TensorFile stopped = drawn.Checkpoint("parts", 5);
        Assert.Contains(stopped.Tensors.Keys, name => name.StartsWith("momentum.second.", StringComparison.Ordinal));
        Resumed(sets);
    }

    [Fact]
    public void A_stop_before_or_during_an_evaluation_leaves_it_to_the_resumed_run()
    {
        drawn.Whole("whole");
        using CancellationTokenSource stop = new();
        using (TrainingRun first = drawn.Start("parts", drawn.Config()))
        {
            foreach (RunEvent happened in first.ToEnd(stop.Token))
            {
                // Its evaluation comes next.
                if (happened is Stepped { State.Iteration: 4 })
                {
                    stop.Cancel();
                }
                else if (happened is Ended ended)
                {
                    Assert.True(ended.Cancelled);
                    Assert.Equal(4, ended.State.Iteration);
                    Assert.True(ended.State.EvaluationDue);
                }
            }
        }
        Assert.DoesNotContain(drawn.Log("parts"), line => line.Contains("evaluation", StringComparison.Ordinal));
        Resumed();
    }

    private void Resumed(params string[] sets)
    {
        using (TrainingRun second = drawn.Resume("parts", drawn.Config(sets)))
        {
            Assert.False(Assert.IsType<Ended>(second.ToEnd(CancellationToken.None).Last()).Cancelled);
        }
        string whole = drawn.Folder("whole");
        string parts = drawn.Folder("parts");
        TensorFile expected = drawn.Checkpoint("whole", Iterations);
        TensorFile found = drawn.Checkpoint("parts", Iterations);
        Assert.Equal(expected.Tensors.Keys, found.Tensors.Keys);
        Assert.All(
            expected.Tensors,
            tensor => Assert.True(tensor.Value.Data.Span.SequenceEqual(found.Tensors[tensor.Key].Data.Span), tensor.Key)
        );
        Assert.Equal(expected.Metadata["training_state"], found.Metadata["training_state"]);
        Assert.Equal(drawn.Log("whole"), drawn.Log("parts"));
        Assert.Equal(File.ReadAllBytes(drawn.Statistics("whole")), File.ReadAllBytes(drawn.Statistics("parts")));
        Assert.Equal(RunFiles.Scalars(whole), RunFiles.Scalars(parts));
        foreach (string table in (string[])["metrics.csv", "evaluations.csv"])
        {
            Assert.Equal(RunFiles.Rows(Path.Combine(whole, table)), RunFiles.Rows(Path.Combine(parts, table)));
        }
    }
}
