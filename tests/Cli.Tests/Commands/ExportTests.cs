using System.Text.Json;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Onnx;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>drcnn export.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class ExportTests(TrainedRun trained) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Out => folder.Path("model.onnx");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_becomes_a_file_that_finds_the_same_and_says_where_it_is_from()
    {
        string[] check =
        [
            "--check",
            Path.Combine(trained.Data, "images"),
            "--set",
            "model.roiHead.scoreThreshold=0.01",
        ];
        string output = Drcnn.Succeed(["export", trained.Run, Out, "--threads", "1", .. check]);
        Assert.Matches(@"^checked on 9 pictures: [1-9]\d+ detections, \d+ undecided by rounding; at most ", output);
        Assert.EndsWith("5 classes\n", output, StringComparison.Ordinal);
        using OnnxDetector detector = OnnxDetector.Load(Out, threads: 1);
        Assert.Equal(["disc", "square", "triangle", "star", "ring"], detector.Classes.Select(name => name.Name));
        Assert.Equal("{0: 'disc', 1: 'square', 2: 'triangle', 3: 'star', 4: 'ring'}", detector.Metadata["names"]);
        Assert.Equal(
            ("detect", "tiny-demo", "mmdet", "0.01"),
            (
                detector.Metadata["task"],
                detector.Metadata["preset"],
                detector.Metadata["profile"],
                detector.Metadata["score_threshold"]
            )
        );
        Assert.Matches("^[0-9a-f]{64}$", detector.Metadata["checkpoint_sha256"]);
        Assert.Matches("^[24]$", detector.Metadata["iteration"]); // whichever was better
    }

    [Fact]
    public void A_picture_that_cannot_be_read_is_left_out_of_the_check_and_counted()
    {
        string pictures = folder.Path("pictures");
        Directory.CreateDirectory(pictures);
        string broken = Path.Combine(pictures, "broken.jpg");
        string sound = Path.Combine(pictures, "sound.jpg");
        File.WriteAllText(broken, "no picture");
        File.Copy(Path.Combine(trained.Data, "images", "val_0000.jpg"), sound);
        string[] arguments = ["export", trained.Run, Out, "--threads", "1", "--check", pictures];
        ProcessRun run = Drcnn.Run(arguments);
        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains(broken, run.Errors, StringComparison.Ordinal);
        Assert.Contains("was not checked on 1 of 2 pictures", run.Errors, StringComparison.Ordinal);
        Assert.True(File.Exists(Out));
        File.Delete(Out);
        File.Delete(sound);
        Drcnn.Refuse(ExitCode.BadInput, [broken], arguments);
        Assert.False(File.Exists(Out));
    }

    [Fact]
    public void Predict_and_eval_take_the_file_and_find_the_same()
    {
        string[] low = ["--set", "model.roiHead.scoreThreshold=0.01"];
        Drcnn.Succeed(["export", trained.Checkpoint, Out, "--threads", "1", .. low]);
        string[] data = ["--data", trained.Data, "--threads", "1", "--json"];
        Drcnn.Succeed(["eval", "--checkpoint", Out, .. data, folder.Path("file.json")]);
        Drcnn.Succeed(["eval", "--checkpoint", trained.Checkpoint, .. data, folder.Path("ours.json"), .. low]);
        Assert.Equal(EvalTests.FiguresOf(folder.Path("ours.json")), EvalTests.FiguresOf(folder.Path("file.json")));

        string image = Path.Combine(trained.Data, "images", "val_0000.jpg");
        int all = Found("all");
        int some = Found("some", "--score-threshold", "0.1");
        Assert.True(all > some, $"{all} with a score above 0.01, {some} above 0.1");
        string[] predict = ["predict", "--checkpoint", Out, "--out", folder.Path("refused"), image];
        Drcnn.Refuse(ExitCode.BadUsage, ["leave --preset out"], [.. predict, "--preset", "tiny-demo"]);
        Drcnn.Refuse(ExitCode.BadUsage, ["leave --set out"], [.. predict, .. low]);
        Drcnn.Refuse(ExitCode.BadUsage, ["runs on the CPU here", "cuda:1"], [.. predict, "--device", "cuda:1"]);
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["--score-threshold", "50", "less than 1"],
            [.. predict, "--score-threshold", "50"]
        );
        Drcnn.Refuse(ExitCode.BadUsage, ["--threads", "-1", "at least 0"], [.. predict, "--threads", "-1"]);
        Drcnn.Refuse(ExitCode.BadUsage, ["0.001", "0.01"], [.. predict, "--score-threshold", "0.001"]);
        Drcnn.Refuse(ExitCode.BadUsage, ["--data PATH"], ["eval", "--checkpoint", Out]);

        int Found(string to, params string[] more)
        {
            string[] arguments = ["predict", "--checkpoint", Out, "--out", folder.Path(to), "--threads", "1", image];
            Drcnn.Succeed([.. arguments, .. more]);
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(folder.Path(to, "predictions.json")));
            return json.RootElement.GetProperty("images")[0].GetProperty("detections").GetArrayLength();
        }
    }

    [Fact]
    public void Raw_outputs_and_a_tensor_as_input_are_files_that_only_other_programs_run()
    {
        Drcnn.Succeed("export", trained.Checkpoint, Out, "--raw", "--input", "float", "--threads", "1");
        using InferenceSession session = new(Out);
        Assert.Equal([1, 3, -1, -1], session.InputMetadata["image"].Dimensions);
        Assert.Equal([-1, 5, 4], session.OutputMetadata["boxes"].Dimensions);
        Assert.Equal([-1, 5], session.OutputMetadata["scores"].Dimensions);
        using RunOptions options = new();
        using OrtValue image = OrtValue.CreateTensorValueFromMemory(new float[3 * 50 * 70], [1, 3, 50, 70]);
        using var found = session.Run(options, ["image"], [image], ["boxes", "scores"]);
        Assert.Equal(4 * found[1].GetTensorDataAsSpan<float>().Length, found[0].GetTensorDataAsSpan<float>().Length);
        Runs.RunException error = Assert.Throws<Runs.RunException>(() => OnnxDetector.Load(Out));
        Assert.Contains("its input is 'float' and its output 'raw'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_file_cannot_do_is_refused_and_leaves_none()
    {
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["evaluation.softNms.kind is Linear"],
            ["export", trained.Checkpoint, Out, "--set", "evaluation.softNms.kind=Linear"]
        );
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["evaluation.testing.kind is Official"],
            ["export", trained.Checkpoint, Out, "--set", "evaluation.testing.kind=Official"]
        );
        Drcnn.Refuse(
            ExitCode.BadInput,
            [folder.Path("none")],
            ["export", trained.Checkpoint, Out, "--check", folder.Path("none")]
        );
        Assert.Empty(folder.Snapshot());
        string broken = folder.Write("broken.jpg", "text");
        Drcnn.Refuse(ExitCode.BadInput, [broken], ["export", trained.Checkpoint, Out, "--check", broken]);
        Assert.Equal([broken], folder.Snapshot().Keys); // written, but not checked to the end
    }

    [Fact]
    public void A_file_that_is_there_is_kept_and_one_that_is_no_detector_is_refused()
    {
        string there = folder.Write("there.onnx", "text");
        Drcnn.Refuse(ExitCode.BadUsage, [there, "already"], ["export", trained.Checkpoint, there]);
        Runs.RunException error = Assert.Throws<Runs.RunException>(() => OnnxDetector.Load(there));
        Assert.StartsWith($"{there}: ONNX Runtime cannot load the file: ", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<Runs.RunException>(() => OnnxDetector.Load(folder.Path("none.onnx")));
        Assert.Contains("there is no such file", error.Message, StringComparison.Ordinal);
    }
}
