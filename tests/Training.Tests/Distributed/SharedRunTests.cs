using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Runs;
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
                return RunProcesses.EvaluateShared(
                    group,
                    detector.Evaluator,
                    drawn.Split("val"),
                    conditions: null,
                    kept: null
                );
            }
        );
        Assert.Null(shared[1]);
        Assert.Equal(
            alone.OfType<Evaluated>().Last(evaluated => evaluated.IsBest).Measurement.Result.AP,
            shared[0]!.Result.AP
        );
    }

    [Fact]
    public void A_run_that_goes_on_with_another_number_of_ranks_takes_the_same_images()
    {
        using DrawnRun drawn = new();
        string[] sets = ["run.threads=1", "data.imagesPerStep=4", "evaluation.interval=0"];
        ResolvedConfig To(int iteration) => drawn.Config([.. sets, $"solver.iterations={iteration}"]);
        double[] Alone(string name, int last)
        {
            using TrainingRun run = TrainingRun.Start(drawn.Folder(name), To(last), drawn.Split("train"), null);
            return LossesOf(run.ToEnd(CancellationToken.None));
        }
        double[] Shared(int size, int last) =>
            RankThreads.Run(
                size,
                group =>
                {
                    using TrainingRun run = TrainingRun.Resume(
                        drawn.Folder("run"),
                        To(last),
                        drawn.Split("train"),
                        null,
                        group
                    );
                    return LossesOf(run.ToEnd(CancellationToken.None));
                }
            )[0];
        double[] expected = Alone("alone", last: 4);
        double[] actual = [.. Alone("run", last: 1), .. Shared(2, last: 3), .. Shared(4, last: 4)];
        // Sums of float32 in another order; other images would differ in the first digits.
        Assert.Equal(expected, actual, (one, other) => Math.Abs(one - other) < 1e-3);
    }

    [Theory]
    [InlineData("ProposalsOnly", 6)]
    [InlineData("MMDetection", 6)]
    [InlineData("Official", 1)]
    public void Batches_without_boxes_pass_by(string rule, int withoutBoxes)
    {
        using DrawnRun drawn = new();
        ResolvedConfig config = drawn.Config(
            "solver.iterations=3",
            "run.threads=1",
            "evaluation.interval=0",
            "data.imagesWithoutBoxes=true",
            $"dynamic.rule={rule}"
        );
        Dataset train = drawn.Split("train");
        Dataset bare = train with
        {
            Images =
            [
                .. train.Images.Select((image, place) => place < withoutBoxes ? image with { Boxes = [] } : image),
            ],
        };
        List<RunEvent>[] events = RankThreads.Run(
            2,
            group =>
            {
                using TrainingRun run = TrainingRun.Start(
                    drawn.Folder($"run-{group.Rank}"),
                    config,
                    bare,
                    validation: null,
                    group
                );
                return run.ToEnd(CancellationToken.None).ToList();
            }
        );
        Assert.Equal(3, Assert.IsType<Ended>(events[0][^1]).State.Iteration);
        Assert.Equal(StateOf(events[0]), StateOf(events[1]));
    }

    [Fact]
    public void What_another_rank_found_wrong_with_the_images_is_reported_by_all()
    {
        using DrawnRun drawn = new();
        Dataset train = drawn.Split("train");
        foreach (ImageRecord image in train.Images.Take(2))
        {
            File.WriteAllText(image.Path, "no image");
        }
        ResolvedConfig config = drawn.Config("solver.iterations=3", "run.threads=1", "evaluation.interval=0");
        string[][] found = RankThreads.Run(
            2,
            group =>
            {
                using TrainingRun run = TrainingRun.Start(
                    drawn.Folder($"run-{group.Rank}"),
                    config,
                    train,
                    validation: null,
                    group
                );
                _ = run.ToEnd(CancellationToken.None).Count();
                return run.Findings.Select(finding => finding.File).ToArray();
            }
        );
        // Three steps of two images are an epoch of the six.
        string[] expected = [.. train.Images.Take(2).Select(image => image.Path).Order(StringComparer.Ordinal)];
        Assert.All(found, files => Assert.Equal(expected, files.Order(StringComparer.Ordinal)));
    }

    private static double[] LossesOf(IEnumerable<RunEvent> events) =>
        [.. events.OfType<Stepped>().Select(stepped => stepped.Report!.Losses.Total)];

    private static string StateOf(List<RunEvent> events) =>
        CheckpointText.Write(Assert.IsType<Ended>(events[^1]).State);
}
