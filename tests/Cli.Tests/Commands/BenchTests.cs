using System.Diagnostics;
using System.Globalization;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Training;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>drcnn bench: the step protocol, and the figures without it.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class BenchTests(TrainedRun trained)
{
    [Theory]
    [InlineData("train")]
    [InlineData("infer")]
    [InlineData("assign")]
    public void Every_line_of_the_input_is_answered_with_the_seconds_of_a_step(string mode)
    {
        ProcessRun run = Serve("step\nanything\n\n", Arguments("--serve", "--mode", mode, "--short-side", "64"));
        Assert.Equal((ExitCode.Done, ""), (run.ExitCode, run.Errors));
        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.All(lines, line => Assert.True(double.Parse(line, CultureInfo.InvariantCulture) > 0));
    }

    [Fact]
    public void The_program_waits_for_each_line_and_ends_with_the_input()
    {
        var start = new ProcessStartInfo("dotnet", [Drcnn.Assembly, .. Arguments("--serve", "--batch", "3")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        for (int step = 0; step < 3; step++)
        {
            process.StandardInput.WriteLine("step");
            process.StandardInput.Flush();
            // Nothing else comes until the next line is sent: the answer cannot be one that was ready before.
            Assert.True(double.Parse(process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture) > 0);
        }

        process.StandardInput.Close();
        Assert.Equal("", process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        Assert.Equal(ExitCode.Done, process.ExitCode);
    }

    [Fact]
    public void Steps_whose_numbers_are_read_together_train_what_steps_read_one_by_one_do()
    {
        float[] each = Trained(StepReading.EachStep);
        Assert.Equal(each, Trained(StepReading.EachWindow));
        Assert.NotEqual(each, Trained(StepReading.EachWindow, steps: 4));
    }

    [Fact]
    public void Without_serve_so_many_steps_are_timed_from_the_given_weights()
    {
        string output = Drcnn.Succeed(Arguments("--steps", "3", "--weights", trained.Checkpoint, "--split", "val"));
        string[] words = output.Split([' ', ',', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["median", "s", "least", "s", "all"], words.Where(word => !char.IsDigit(word[0])));
        double[] seconds =
        [
            .. words
                .Where(word => char.IsDigit(word[0]))
                .Select(word => double.Parse(word, CultureInfo.InvariantCulture)),
        ];
        Assert.Equal(5, seconds.Length);
        Assert.Equal(seconds[2..].Order().ElementAt(1), seconds[0]);
        Assert.Equal(seconds[2..].Min(), seconds[1]);
    }

    [Fact]
    public void What_cannot_be_timed_is_refused_in_one_sentence()
    {
        Drcnn.Refuse(ExitCode.BadInput, ["6 images", "at least the 7"], Arguments("--batch", "7"));
        Drcnn.Refuse(ExitCode.BadUsage, ["--short-side", "data.shortSides", "got [0]"], Arguments("--short-side", "0"));
        Drcnn.Refuse(ExitCode.BadInput, ["no split 'test'"], Arguments("--split", "test"));
        Drcnn.Refuse(
            ExitCode.RunFailed,
            ["step 2", "not finite", "--weights"],
            Arguments("--set", "solver.warmupIterations=0", "--set", "solver.baseLearningRate=1e30")
        );
    }

    /// <summary>The weights of a layer after as many steps as one line of the input may ask for.</summary>
    private float[] Trained(StepReading reading, int steps = 3)
    {
        string[] sets = ["run.threads=1", "solver.warmupIterations=0"];
        Config config = ConfigText.Resolve(new ConfigSources("tiny-demo", [], sets, [])).Value.Config;
        Dataset dataset = DatasetReader.Open(trained.Data, "train");
        BenchImage[] images = BenchImages.Read(dataset, config.Data.ImagesPerStep);
        using BenchDetector detector = new(config, dataset.Classes);
        using TrainingBench bench = new(detector, images, reading);
        bench.Run(0, steps);
        return ops.to_array<float>(detector.Detector.state_dict()["roi_head.fc1.bias"]);
    }

    private string[] Arguments(params string[] more) =>
        ["bench", "--data", trained.Data, "--preset", "tiny-demo", "--threads", "2", .. more];

    private static ProcessRun Serve(string input, string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        using var lines = new StringReader(input);
        int code = CommandHost.Run(arguments, new Terminal(output, errors, Input: lines));
        return new ProcessRun(code, output.ToString(), errors.ToString());
    }
}
