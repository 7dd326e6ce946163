using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests.Distributed;

/// <summary>The rules of the published code, which look at a whole batch: ranks average what each of them measured.</summary>
public sealed class SharedRuleTests
{
    private const int Iterations = 5;

    /// <summary>The generator that weights are drawn from is the process's.</summary>
    private readonly Lock building = new();

    /// <summary>The last state as its text, and what every step reported.</summary>
    private sealed record Trained(TrainingState State, StepReport[] Reports);

    public static TheoryData<string, int> Cases =>
        new MatrixTheoryData<string, int>(["Official", "MMDetection"], [2, 4]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ranks_hold_the_same_settings_and_record_the_mean_of_what_each_measured(string rule, int size)
    {
        Config config = ConfigOf(rule);
        Trained[] ranks = RankThreads.Run(size, group => Train(config, group, new Shard(group.Rank, size), Iterations));
        Assert.NotEqual(TrainingState.Initial(config, []).Setting, ranks[0].State.Setting);
        Assert.All(ranks, rank => Assert.Equal(CheckpointText.Write(ranks[0].State), CheckpointText.Write(rank.State)));

        BatchRecord[] parts =
        [
            .. Enumerable
                .Range(0, size)
                .Select(rank =>
                    Train(config, ProcessGroup.Alone, new Shard(rank, size), iterations: 1).Reports[0].Statistics
                ),
        ];
        BatchRecord shared = ranks[0].Reports[0].Statistics;
        Assert.Equal(MeanOf(parts, part => part.TopIoUs), shared.TopIoUs, Near);
        Assert.Equal(MeanOf(parts, part => part.LowErrors), shared.LowErrors, Near);
    }

    [Theory]
    [InlineData("Official")]
    [InlineData("MMDetection")]
    public void One_process_with_all_images_measures_something_else(string rule)
    {
        Config config = ConfigOf(rule);
        StepReport alone = Train(config, ProcessGroup.Alone, Shard.Whole, iterations: 1).Reports[0];
        StepReport shared = RankThreads
            .Run(2, group => Train(config, group, new Shard(group.Rank, 2), iterations: 1))[0]
            .Reports[0];
        Assert.NotEqual(alone.Statistics.LowErrors, shared.Statistics.LowErrors);
        Assert.Equal(alone.Statistics.GroundTruthCount, shared.Statistics.GroundTruthCount);
        Assert.Equal(alone.Statistics.OverlapCount, shared.Statistics.OverlapCount);
        Assert.Equal(alone.Statistics.PositiveCount, shared.Statistics.PositiveCount);
        // The losses do not depend on the rule before its first window ends.
        Assert.Equal(alone.Losses.Total, shared.Losses.Total, 1e-4);
    }

    private static bool Near(double expected, double actual) => Math.Abs(expected - actual) <= 1e-6;

    private static IEnumerable<double> MeanOf(BatchRecord[] parts, Func<BatchRecord, double[]> values) =>
        Enumerable.Range(0, values(parts[0]).Length).Select(rank => parts.Average(part => values(part)[rank]));

    private static Config ConfigOf(string rule) =>
        TestConfig.Tiny(
            updateInterval: 2,
            Iterations,
            imagesPerStep: 4,
            rule: rule == "Official" ? StatisticsRule.Official : StatisticsRule.MMDetection
        );

    private Trained Train(Config config, ProcessGroup group, Shard shard, int iterations)
    {
        TinyRun run;
        lock (building)
        {
            run = new TinyRun(config, imageCount: 8);
        }
        using (run)
        {
            torch.set_num_threads(1);
            using StepSharing sharing = new(group, run.Detector);
            TrainStep step = new(run.Detector, run.Optimizer, config, sharing);
            using BatchSource batches = BatchSource.Train(
                run.Dataset,
                config.Data,
                config.Model.Backbone,
                config.Model.Conventions,
                config.Data.ImagesPerStep,
                config.Run.Seed,
                firstIteration: 1,
                shard
            );
            TrainingState state = TrainingState.Initial(config, []);
            List<StepReport> reports = [];
            while (state.Iteration < iterations)
            {
                double rate = state.LearningRate(config, pending: 0);
                StepReport report = step.Run([batches.Next()], state.Settings, state.Iteration + 1, rate);
                state = state.Advance(config, report.Outcome, report.CascadeOutcomes);
                reports.Add(report);
            }
            return new Trained(state, [.. reports]);
        }
    }
}
