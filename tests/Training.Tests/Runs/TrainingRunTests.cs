using System.Text.Json.Nodes;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Runs;
using DynamicRcnn.Tests;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Runs;

public sealed class TrainingRunTests : IDisposable
{
    private readonly DrawnRun drawn = new();

    public void Dispose() => drawn.Dispose();

    [Fact]
    public void A_run_that_is_stopped_inside_a_window_and_resumed_equals_one_that_is_not()
    {
        string[] sets = ["solver.emaDecay=0.9", "solver.accumulationSteps=2"];
        drawn.Whole("whole", sets);
        using (TrainingRun first = drawn.Start("parts", drawn.Config(sets)))
        {
            using CancellationTokenSource stop = new();
            foreach (RunEvent happened in first.ToEnd(stop.Token))
            {
                if (happened is Stepped { State.Iteration: 5 })
                {
                    stop.Cancel();
                }
            }
            Assert.Equal(5, first.Iteration);
        }
        // What may be behind the checkpoint's line: later steps, what is no step, and half a line of a killed process.
        string after = "{\"iteration\":6,\"loss\":1}\n[]\n7\n{\"note\":1}\n{\"iteration\":\"6\"}\n{\"iterat";
        File.AppendAllText(Path.Combine(drawn.Folder("parts"), "log.jsonl"), after);
        // A record of a later step, and one that was being written.
        byte[] recorded = File.ReadAllBytes(drawn.Statistics("whole"));
        int record = StatisticsFormat.RecordSize(StatisticsFormat.HeaderOf(drawn.Config(sets).Config.Dynamic));
        using (FileStream statistics = new(drawn.Statistics("parts"), FileMode.Append))
        {
            statistics.Write(recorded.AsSpan()[^(3 * record)..^(record / 2)]);
        }
        using (TrainingRun second = drawn.Resume("parts", drawn.Config(sets)))
        {
            Assert.Empty(second.Differences);
            Assert.True(Assert.IsType<Ended>(second.ToEnd(CancellationToken.None).Last()) is { Cancelled: false });
        }

        TensorFile whole = drawn.Checkpoint("whole", 8);
        TensorFile parts = drawn.Checkpoint("parts", 8);
        Assert.Contains(whole.Tensors.Keys, name => name.StartsWith("average.", StringComparison.Ordinal));
        Assert.Equal(DrawnRun.Bits(whole), DrawnRun.Bits(parts));
        Assert.Equal(whole.Metadata["training_state"], parts.Metadata["training_state"]);
        Assert.Equal(drawn.Log("whole"), drawn.Log("parts"));
        Assert.Equal(recorded, File.ReadAllBytes(drawn.Statistics("parts")));
    }

    [Fact]
    public void A_record_of_the_first_version_goes_on_in_it()
    {
        string[] sets = ["evaluation.interval=0"];
        drawn.Whole("whole", sets);
        using (TrainingRun first = drawn.Start("parts", drawn.Config(sets)))
        {
            int asked = 0;
            _ = first.ToEnd(() => asked++ == 4).Last();
        }
        string path = drawn.Statistics("parts");
        StatisticsFile written = StatisticsFormat.Read(path, File.ReadAllBytes(path)).Value;
        File.WriteAllBytes(path, InFirstVersion(written));
        using (TrainingRun second = drawn.Resume("parts", drawn.Config(sets)))
        {
            _ = second.ToEnd(CancellationToken.None).Last();
        }
        string whole = drawn.Statistics("whole");
        Assert.Equal(
            InFirstVersion(StatisticsFormat.Read(whole, File.ReadAllBytes(whole)).Value),
            File.ReadAllBytes(path)
        );
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 20)]
    [InlineData(1, 60)]
    [InlineData(2, 60)]
    public void A_record_that_was_cut_within_its_header_is_begun_anew(int version, int kept)
    {
        DynamicConfig config = drawn.Config().Config.Dynamic;
        StatisticsHeader now = StatisticsFormat.HeaderOf(config);
        StatisticsHeader then = new(version, now.Rule, now.RankScaling, now.TopIoUCount, now.LowErrorCount, now.Grid);
        RunFolder folder = RunFolder.Unused(drawn.Folder("cut"));
        folder.Make();
        File.WriteAllBytes(folder.StatisticsPath, StatisticsFormat.WriteHeader(then)[..kept]);
        StatisticsRecorder.Open(folder, config, stage: 0, iteration: 4).Dispose();
        Assert.Equal(StatisticsFormat.WriteHeader(now), File.ReadAllBytes(folder.StatisticsPath));
    }

    [Fact]
    public void A_run_that_goes_on_says_what_the_rate_of_a_longer_cosine_jumps_to_and_that_its_record_is_lost()
    {
        string[] sets = ["evaluation.interval=0", "solver.rateSchedule=Cosine", "solver.warmupIterations=0"];
        drawn.Whole("run", [.. sets, "solver.iterations=2"]);
        using (TrainingRun same = drawn.Resume("run", drawn.Config([.. sets, "solver.iterations=2"])))
        {
            Assert.Null(same.Extension);
            Assert.Null(same.LostRecord);
        }
        File.WriteAllBytes(drawn.Statistics("run"), File.ReadAllBytes(drawn.Statistics("run"))[..20]);
        using TrainingRun longer = drawn.Resume("run", drawn.Config([.. sets, "solver.iterations=5"]));
        // 0.02 half-way down to its hundredth, where the old cosine has ended.
        Assert.Equal(
            "the run was to have 2 iterations and its cosine now ends at 5, so from iteration 3 on the learning rate is 0.0101 where it would have been 0.0002",
            longer.Extension
        );
        Assert.Contains(
            "statistics.bin holds nothing of the 2 iterations",
            longer.LostRecord,
            StringComparison.Ordinal
        );
    }

    private static byte[] InFirstVersion(StatisticsFile file)
    {
        StatisticsHeader now = file.Header;
        StatisticsHeader first = new(
            version: 1,
            now.Rule,
            now.RankScaling,
            now.TopIoUCount,
            now.LowErrorCount,
            now.Grid
        );
        return
        [
            .. StatisticsFormat.WriteHeader(first),
            .. file.Records.SelectMany(record => StatisticsFormat.WriteRecord(first, record)),
        ];
    }

    [Fact]
    public void Runs_that_start_at_the_same_time_have_the_first_weights_of_their_seed()
    {
        ResolvedConfig config = drawn.Config();
        string[] names = [.. Enumerable.Range(0, 4).Select(place => $"run {place}")];
        Parallel.ForEach(
            names,
            new ParallelOptions { MaxDegreeOfParallelism = names.Length },
            name =>
            {
                using TrainingRun run = drawn.Start(name, config);
                Assert.Single(run.ToEnd(new CancellationToken(canceled: true)).OfType<Saved>());
            }
        );
        Dictionary<string, byte[]> first = DrawnRun.Bits(drawn.Checkpoint(names[0], 0));
        Assert.All(names, name => Assert.Equal(first, DrawnRun.Bits(drawn.Checkpoint(name, 0))));
    }

    [Fact]
    public void Steps_and_evaluations_are_in_the_log_and_the_best_checkpoint_beside_the_last()
    {
        long before = TensorCount.Settled();
        List<RunEvent> events = drawn.Whole("run", "evaluation.validationLoss=true", "checkpoint.keep=0");
        Assert.Equal(before, ops.live_tensors);
        Assert.Equal(8, events.OfType<Stepped>().Count());
        Assert.All(events.OfType<Evaluated>(), evaluated => Assert.True(evaluated.Measurement.Losses!.Total > 0));
        string[] log = File.ReadAllLines(Path.Combine(drawn.Folder("run"), "log.jsonl"));
        Assert.Equal(8 + 2, log.Length);
        JsonNode[] steps = [.. log.Select(line => JsonNode.Parse(line)!).Where(line => line["loss"] is not null)];
        Assert.All(
            [
                "iteration",
                "loss",
                "box",
                "learning_rate",
                "iou_threshold",
                "beta",
                "seconds",
                "waiting_seconds",
                "resident_megabytes",
            ],
            field => Assert.NotNull(steps[0][field])
        );
        Assert.All(steps, step => Assert.Equal((int)steps[0]["live_tensors"]!, (int)step["live_tensors"]!));
        Assert.Equal(["best.safetensors", "iteration-0000008.safetensors"], Checkpoints("run"));
        Assert.Equal(
            [4, 8],
            RunFolder.Read(drawn.Folder("run")).Evaluations().Select(evaluation => evaluation.Iteration)
        );
    }

    [Fact]
    public void As_many_checkpoints_as_asked_for_stay_beside_the_best_and_the_last()
    {
        drawn.Whole("run", "checkpoint.interval=2", "checkpoint.keep=1");
        Assert.Equal(
            ["best.safetensors", "iteration-0000006.safetensors", "iteration-0000008.safetensors"],
            Checkpoints("run")
        );
    }

    [Fact]
    public void A_run_may_start_from_the_checkpoint_of_another_run()
    {
        drawn.Whole("first", "solver.iterations=2", "solver.warmupIterations=0", "evaluation.interval=0");
        string path = Directory
            .GetFiles(drawn.Folder("first"), "iteration-0000002.safetensors", SearchOption.AllDirectories)
            .Single();
        using TrainingRun second = drawn.Start("second", drawn.Config($"model.backbone.weights={path}"));
        Assert.Equal("the detector", second.Weights!.Part);
        Assert.Empty(second.Weights.Fresh);
        Assert.Equal(0, second.Iteration);
        Assert.IsType<Stepped>(second.ToEnd(CancellationToken.None).First());
    }

    [Fact]
    public void Evaluations_without_a_better_AP_end_the_run()
    {
        // Nothing is learnt at such a rate, so that no evaluation is better than the first.
        List<RunEvent> events = drawn.Whole(
            "run",
            "solver.baseLearningRate=1E-12",
            "solver.iterations=12",
            "evaluation.interval=2",
            "evaluation.patience=2"
        );
        Ended ended = Assert.IsType<Ended>(events[^1]);
        Assert.False(ended.Cancelled);
        Assert.Equal(6, ended.State.Iteration);
    }

    [Fact]
    public void Losses_that_stay_non_finite_end_the_run_with_a_checkpoint_and_name_the_cause()
    {
        string[] sets =
        [
            "solver.baseLearningRate=1E30",
            "solver.gradientClipNorm=0",
            "nonFinite.maxInARow=2",
            "solver.warmupIterations=0",
            "evaluation.interval=0",
        ];
        RunException error = Assert.Throws<RunException>(() => drawn.Whole("run", sets));
        Assert.Contains("not finite, 2 steps in a row", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(Checkpoints("run"));

        using TrainingRun again = drawn.Resume("run", drawn.Config(sets));
        RunException same = Assert.Throws<RunException>(() => again.ToEnd(CancellationToken.None).ToList());
        Assert.Contains("not finite, 2 steps in a row", same.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_official_rule_leaves_out_batches_with_an_image_without_boxes_and_counts_them()
    {
        Dataset train = drawn.Split("train");
        train = train with { Images = [.. train.Images.Select(image => image with { Boxes = [] })] };
        using TrainingRun run = TrainingRun.Start(
            drawn.Folder("run"),
            drawn.Config("dynamic.rule=Official", "evaluation.interval=0"),
            train,
            validation: null
        );
        Ended ended = Assert.IsType<Ended>(run.ToEnd(CancellationToken.None).Last());
        Assert.Equal(8, ended.State.SkippedIterations);
    }

    [Fact]
    public void An_evaluation_goes_on_without_an_image_that_cannot_be_decoded()
    {
        string broken = drawn.Split("val").Images[0].Path;
        byte[] bytes = File.ReadAllBytes(broken);
        File.WriteAllBytes(broken, bytes[..(bytes.Length / 2)]);
        Evaluated evaluated = drawn.Whole("run").OfType<Evaluated>().First();
        Finding finding = Assert.Single(evaluated.Measurement.Findings);
        Assert.Equal(FindingKind.UndecodableImage, finding.Kind);
        Assert.Contains(broken, finding.Message, StringComparison.Ordinal);
        Assert.Equal(1, evaluated.Measurement.Result.ImageCount);
    }

    [Fact]
    public void A_run_that_cannot_start_leaves_no_folder_behind()
    {
        string weights = drawn.Folder("none.safetensors");
        long before = TensorCount.Settled();
        Assert.Throws<RunException>(() => drawn.Start("run", drawn.Config($"model.backbone.weights={weights}")));
        Assert.False(Directory.Exists(drawn.Folder("run")));
        Assert.Equal(before, ops.live_tensors);
    }

    [Fact]
    public void A_folder_with_something_in_it_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(drawn.Folder("run"));
        string kept = Path.Combine(drawn.Folder("run"), "notes.txt");
        File.WriteAllText(kept, "mine");
        RunException error = Assert.Throws<RunException>(() => drawn.Whole("run"));
        Assert.Contains(drawn.Folder("run"), error.Message, StringComparison.Ordinal);
        Assert.Equal([kept], Directory.GetFileSystemEntries(drawn.Folder("run")));
    }

    [Fact]
    public void Prediction_uses_the_averaged_weights_and_the_recorded_configuration()
    {
        drawn.Whole("run", "solver.emaDecay=0.999");
        string path = RunFolder.FindCheckpoint(drawn.Folder("run"));
        TensorFile file = SafetensorsFile.Read(path);
        const string Name = "roi_head.classes.weight";
        Assert.NotEqual(
            file.Tensors["model." + Name].Data.ToArray(),
            file.Tensors["average.model." + Name].Data.ToArray()
        );
        RgbImage image = ImageCodec.ReadFile(drawn.Split("val").Images[0].Path);
        using TrainedDetector averaged = TrainedDetector.Load(path);
        Assert.Equal(5, averaged.Classes.Count);
        string raw = drawn.Folder("raw.safetensors");
        SafetensorsFile.Write(
            raw,
            file with
            {
                Tensors = file
                    .Tensors.Where(entry => !entry.Key.StartsWith("average.", StringComparison.Ordinal))
                    .ToDictionary(),
                Metadata = file.Metadata.Where(entry => entry.Key != "sha256").ToDictionary(),
            }
        );
        using TrainedDetector last = TrainedDetector.Load(raw);
        Assert.NotEqual(last.Detect(image), averaged.Detect(image));
    }

    private string[] Checkpoints(string run) =>
        [
            .. Directory
                .GetFiles(Path.Combine(drawn.Folder(run), "checkpoints"))
                .Select(path => Path.GetFileName(path))
                .Order(StringComparer.Ordinal),
        ];
}
