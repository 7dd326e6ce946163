using DynamicRcnn.Core;
using DynamicRcnn.Training.Runs;
using DynamicRcnn.Training.Tests.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests.Distributed;

public sealed class SharedRunTests
{
    [Fact]
    public void Only_the_first_rank_keeps_the_folder_and_all_have_its_state()
    {
        using DrawnRun drawn = new();
        ResolvedConfig config = drawn.Config("solver.iterations=4", "run.threads=1");
        List<RunEvent>[] events = RankThreads.Run(
            2,
            group =>
            {
                string folder = drawn.Folder($"run-{group.Rank}");
                using TrainingRun run = TrainingRun.Start(
                    folder,
                    config,
                    drawn.Split("train"),
                    drawn.Split("val"),
                    group
                );
                return run.ToEnd(CancellationToken.None).ToList();
            }
        );
        Assert.False(Directory.Exists(drawn.Folder("run-1")));
        Assert.True(File.Exists(RunFolder.FindCheckpoint(drawn.Folder("run-0"))));
        Evaluated evaluated = Assert.Single(events[0].OfType<Evaluated>());
        Assert.Equal(2, evaluated.Measurement.Result.ImageCount);
        Assert.Empty(events[1].OfType<Evaluated>());
        Assert.Equal(StateOf(events[0]), StateOf(events[1]));
        Assert.Equal(2, events[0].OfType<Stepped>().First().Images);
    }

    [Fact]
    public void A_shared_evaluation_has_the_figures_of_one_process()
    {
        using DrawnRun drawn = new();
        List<RunEvent> alone = drawn.Whole("alone", "solver.iterations=4", "run.threads=1");
        ResolvedConfig config = drawn.Config("solver.iterations=4", "run.threads=1");
        Measurement?[] shared = RankThreads.Run(
            2,
            group =>
            {
                using TrainedDetector detector = TrainedDetector.Load(
                    RunFolder.FindCheckpoint(drawn.Folder("alone")),
                    config.Config
                );
                return detector.Evaluator.EvaluateShared(group, drawn.Split("val"), conditions: null, kept: null);
            }
        );
        Assert.Null(shared[1]);
        Assert.Equal(
            alone.OfType<Evaluated>().Last(evaluated => evaluated.IsBest).Measurement.Result.AP,
            shared[0]!.Result.AP
        );
    }

    private static string StateOf(List<RunEvent> events) => CoreApi.WriteState(Assert.IsType<Ended>(events[^1]).State);
}
