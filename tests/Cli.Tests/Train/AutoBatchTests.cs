using DynamicRcnn.Cli.Tests.Commands;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Train;

[Collection(TrainedRunTests.Name)]
public sealed class AutoBatchTests(TrainedRun trained) : InFolder
{
    [Fact]
    public void Memory_is_estimated_before_the_run_and_the_schedule_follows_fewer_images()
    {
        Config config = ConfigText
            .Resolve(new ConfigSources("tiny-demo", [], [$"data.path={trained.Data}", "run.device=cpu"], []))
            .Value.Config;
        Dataset dataset = TrainingData.Read(config, resume: false).Training;
        using StringWriter told = new();
        Assert.Equal([null, 1], AutoBatch.Fitting(config, dataset, new MemoryLimit(1L << 40, "here"), told));
        Assert.StartsWith(
            "data.imagesPerStep=auto: tries three small steps",
            told.ToString(),
            StringComparison.Ordinal
        );
        Assert.Contains("data.imagesPerStep=auto: 2 images a step of", told.ToString(), StringComparison.Ordinal);
        RunException refused = Assert.Throws<RunException>(() =>
            AutoBatch.Fitting(config, dataset, new MemoryLimit(1 << 20, "/limit"), TextWriter.Null)
        );
        Assert.Contains("a step of one image of", refused.Message, StringComparison.Ordinal);
        Assert.Contains("1 MB can be had (/limit); lower data.shortSides", refused.Message, StringComparison.Ordinal);
        Assert.Equal(RunFault.Request, refused.Fault);
    }

    [Fact]
    public void Auto_trains_a_new_run_of_one_process()
    {
        string run = folder.Path("run");
        string output = Drcnn.Succeed(trained.TrainArguments(run, "--quiet", "--set", "data.imagesPerStep=auto"));
        Assert.Contains("4 iterations of 2 images", output, StringComparison.Ordinal);
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["data.imagesPerStep=auto is for a new run"],
            ["train", "--resume", "--out", run, "--set", "data.imagesPerStep=auto"]
        );
        // What can be refused at once is, before memory is tried.
        string[] auto = ["--set", "data.imagesPerStep=auto"];
        foreach (
            (string[] line, string words) in new[]
            {
                (trained.TrainArguments(run, auto), "something already"),
                (
                    trained.TrainArguments(folder.Path("a"), [.. auto, "--set", "model.roiHead.classWeights=[2]"]),
                    "1 value"
                ),
                (trained.TrainArguments(folder.Path("a"), [.. auto, "--weights", "none.pth"]), "none.pth"),
            }
        )
        {
            ProcessRun refused = Drcnn.Run(line);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains(words, refused.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("tries three", refused.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_runs_out_of_memory_before_its_first_checkpoint_is_tried_with_fewer_images()
    {
        string run = folder.Path("run");
        List<int?> tried = [];
        using StringWriter told = new();
        AutoBatch.Try(
            [null, 4, 2, 1],
            run,
            images =>
            {
                tried.Add(images);
                Assert.False(Directory.Exists(run));
                folder.Write("run/config.json", "{}");
                if (images is null or 4)
                {
                    throw new InvalidOperationException("DefaultCPUAllocator: can't allocate memory: you tried to");
                }
            },
            told
        );
        Assert.Equal([null, 4, 2], tried);
        Assert.Contains("again with 2 images a step", told.ToString(), StringComparison.Ordinal);
        Assert.True(File.Exists(folder.Path("run", "config.json")));
        // Other failures, the last number, and runs with a checkpoint end it, and leave what is there.
        Assert.Throws<InvalidOperationException>(() => Fail("another fault", "run"));
        Assert.Throws<InvalidOperationException>(() => Fail("CUDA out of memory", "run/checkpoints/a.safetensors"));
        Assert.True(File.Exists(folder.Path("run", "checkpoints", "a.safetensors")));

        void Fail(string message, string file) =>
            AutoBatch.Try(
                [2, 1],
                run,
                _ =>
                {
                    folder.Write(file == "run" ? "run/config.json" : file, "");
                    throw new InvalidOperationException(message);
                },
                TextWriter.Null
            );
    }

    [Fact]
    public void Fewer_images_scale_the_schedule()
    {
        ConfigChoice choice = new("r50-fpn", [], ["run.seed=2", "data.imagesPerStep=auto"], []);
        Assert.True(AutoBatch.IsAsked(choice));
        Assert.Equal(["run.seed=2"], AutoBatch.With(choice, null).Sets);
        Config quarter = Configuration
            .Require(ConfigText.Resolve(Configuration.Sources(AutoBatch.With(choice, 2))))
            .Config;
        Assert.Equal(
            (2, 360_000, 0.0025),
            (quarter.Data.ImagesPerStep, quarter.Solver.Iterations, quarter.Solver.BaseLearningRate)
        );
    }
}
