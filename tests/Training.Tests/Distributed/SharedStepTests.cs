using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests.Distributed;

public sealed class SharedStepTests
{
    private const int Iterations = 20;

    /// <summary>Until here all that differs are the last bits of float64.</summary>
    private const int EarlyIterations = 5;

    /// <summary>The generator that weights are drawn from is the process's.</summary>
    private static readonly Lock building = new();

    /// <summary>Float64 weights and momentum, after some steps and after all; the state, and what every step reported.</summary>
    internal sealed record Trained(
        Dictionary<string, double[]> Early,
        Dictionary<string, double[]> Values,
        TrainingState State,
        StepReport[] Reports
    );

    [Fact]
    public void Ranks_that_share_a_batch_train_what_one_process_trains_with_all_of_it()
    {
        RankThreads.Require();
        // Images of two sizes, every third without boxes: some ranks have none in some steps.
        Trained alone = Train(ProcessGroup.Alone);
        Assert.NotEqual(TrainingState.Initial(Configuration(), []).Setting, alone.State.Setting);
        Assert.All([2, 4], size => AssertSameTraining(alone, RankThreads.Run(size, Train)));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Ranks_train_the_same_over_NCCL(int size)
    {
        Trained alone = Train(ProcessGroup.Alone, EarlyIterations, poisoned: false);
        Trained[] ranks = RankThreads.Run(
            size,
            group => Train(group, EarlyIterations, poisoned: false),
            over: StandInNccl.Read
        );
        Assert.All(ranks, rank => AssertSameBits(ranks[0], rank));
        Assert.Equal(CheckpointText.Write(alone.State), CheckpointText.Write(ranks[0].State));
        AssertNear(alone.Early, ranks[0].Early, weights: 1e-12, momentum: 1e-12);
    }

    [Fact]
    public void Ranks_that_share_a_batch_train_every_stage_of_a_cascade_as_one_process_does()
    {
        RankThreads.Require();
        double[] stages = [0.02, 0.03];
        Trained alone = Train(ProcessGroup.Alone, EarlyIterations, poisoned: false, stages);
        Trained[] ranks = RankThreads.Run(2, group => Train(group, EarlyIterations, poisoned: false, stages));
        Assert.All(ranks, rank => AssertSameBits(ranks[0], rank));
        Assert.Equal(CheckpointText.Write(alone.State), CheckpointText.Write(ranks[0].State));
        AssertNear(alone.Early, ranks[0].Early, weights: 1e-12, momentum: 1e-12);
        Assert.Equal(3, alone.State.Settings.Distinct().Count());
        Assert.Equal(
            alone.Reports[0].Cascade.Select(stage => stage.ProposalCount),
            ranks[0].Reports[0].Cascade.Select(stage => stage.ProposalCount)
        );
        StepLosses own = alone.Reports[0].Losses;
        Assert.Equal(3, own.Stages.Count);
        Assert.All(
            own.Flat().Zip(ranks[0].Reports[0].Losses.Flat()),
            pair => Assert.Equal(pair.First, pair.Second, tolerance: 1e-9)
        );
    }

    [Fact]
    public void A_rank_whose_loss_is_not_finite_keeps_all_from_the_step()
    {
        StepReport[] reports = RankThreads.Run(
            2,
            group => Train(group, iterations: 1, poisoned: group.Rank == 1).Reports[0]
        );
        Assert.All(reports, report => Assert.NotNull(report.NonFinite));
        Assert.Equal(reports[0].NonFinite, reports[1].NonFinite);
    }

    private static void AssertSameTraining(Trained alone, Trained[] ranks)
    {
        Assert.All(ranks, rank => AssertSameBits(ranks[0], rank));

        // What is measured on float32 boxes does not see the last bits of float64 weights.
        Assert.Equal(CheckpointText.Write(alone.State), CheckpointText.Write(ranks[0].State));
        foreach ((StepReport expected, StepReport actual) in alone.Reports.Zip(ranks[0].Reports))
        {
            Assert.Equal(expected.Statistics.TopIoUs, actual.Statistics.TopIoUs);
            Assert.Equal(expected.Statistics.LowErrors, actual.Statistics.LowErrors);
            Assert.Equal(expected.Statistics.GroundTruthCount, actual.Statistics.GroundTruthCount);
            Assert.Equal(expected.Losses.Total, actual.Losses.Total, 1e-9);
        }
        // Images are added up in another order, and while the rate is high a step multiplies what that leaves by up to five.
        AssertNear(alone.Early, ranks[0].Early, weights: 1e-12, momentum: 1e-12);
        AssertNear(alone.Values, ranks[0].Values, weights: 1e-9, momentum: 1e-8);
    }

    /// <summary>Each tensor by itself.</summary>
    private static void AssertNear(
        Dictionary<string, double[]> expected,
        Dictionary<string, double[]> actual,
        double weights,
        double momentum
    ) =>
        Assert.All(
            expected,
            pair =>
                Assert.InRange(
                    Distance(pair.Value, actual[pair.Key]),
                    0,
                    pair.Key.StartsWith("model.", StringComparison.Ordinal) ? weights : momentum
                )
        );

    private static void AssertSameBits(Trained expected, Trained actual)
    {
        Assert.Equal(CheckpointText.Write(expected.State), CheckpointText.Write(actual.State));
        Assert.Equal(expected.Values, actual.Values);
        Assert.Equal(
            expected.Reports.Select(report => (report.Losses, report.GradientNorm)),
            actual.Reports.Select(report => (report.Losses, report.GradientNorm))
        );
    }

    /// <summary>Relative, in the L2 norm.</summary>
    private static double Distance(double[] expected, double[] actual) =>
        Norm(expected.Zip(actual, (first, second) => first - second)) / Math.Max(double.Epsilon, Norm(expected));

    private static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));

    private static Trained Train(ProcessGroup group) => Train(group, Iterations, poisoned: false);

    internal static Trained Train(ProcessGroup group, int iterations, bool poisoned, double[]? furtherStages = null)
    {
        Config config = Configuration(furtherStages);
        TinyRun run;
        lock (building)
        {
            run = new TinyRun(config, imageCount: 9);
        }
        using (run)
        {
            torch.set_num_threads(1);
            run.Detector.to(torch.ScalarType.Float64);
            using Sgd optimizer = new(
                run.Detector.named_parameters().Select(entry => (entry.name, entry.parameter)),
                config.Solver
            );
            if (poisoned)
            {
                using IDisposable unrecorded = torch.no_grad();
                run.Detector.state_dict()["roi_head.fc1.bias"].fill_(double.NaN);
            }
            using StepSharing sharing = new(group, run.Detector);
            TrainStep step = new(run.Detector, optimizer, config, sharing);
            using BatchSource batches = Batches(run.Dataset, config, group);
            TrainingState state = TrainingState.Initial(config, []);
            List<StepReport> reports = [];
            Dictionary<string, double[]> early = [];
            while (state.Iteration < iterations)
            {
                double rate = state.LearningRate(config, pending: 0);
                StepReport report = step.Run([batches.Next()], state.Settings, state.Iteration + 1, rate);
                state = state.Advance(config, report.Outcome, report.CascadeOutcomes);
                reports.Add(report);
                if (state.Iteration == EarlyIterations)
                {
                    early = Values(run.Detector, optimizer);
                }
            }
            return new Trained(early, Values(run.Detector, optimizer), state, [.. reports]);
        }
    }

    private static Config Configuration(double[]? furtherStages = null) =>
        TestConfig.Tiny(
            updateInterval: 5,
            Iterations,
            imagesPerStep: 4,
            shortSides: [64, 96],
            floorIoU: 0.01,
            furtherStages: furtherStages
        );

    private static BatchSource Batches(Dataset dataset, Config config, ProcessGroup group) =>
        BatchSource.Train(
            dataset with
            {
                Images =
                [
                    .. dataset.Images.Select((image, place) => place % 3 == 1 ? image with { Boxes = [] } : image),
                ],
            },
            config.Data,
            config.Model.Backbone,
            config.Model.Conventions,
            config.Data.ImagesPerStep,
            config.Run.Seed,
            firstIteration: 1,
            new Shard(group.Rank, group.Size)
        );

    private static Dictionary<string, double[]> Values(Detector detector, Sgd optimizer) =>
        detector
            .state_dict()
            .Select(pair => ("model." + pair.Key, pair.Value))
            .Concat(optimizer.Momentum.Select(pair => ("momentum." + pair.Key, pair.Value)))
            .ToDictionary(pair => pair.Item1, pair => ops.to_array<double>(pair.Item2));
}
