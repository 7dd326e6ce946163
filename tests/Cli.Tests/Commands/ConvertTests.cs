using System.Runtime.InteropServices;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>drcnn convert, and the other commands with the files that it reads and writes.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class ConvertTests(TrainedRun trained) : InFolder
{
    private const string Shapes = "disc,square,triangle,star,ring";

    private static readonly string[] narrow =
    [
        "--preset",
        "r50-fpn",
        .. Set("model.backbone.stemChannels=8", "model.fpn.channels=16", "model.roiHead.hiddenUnits=32"),
        .. Set("data.evaluationShortSide=64", "data.evaluationMaxSide=96"),
    ];

    [Fact]
    public void A_file_for_use_alone_has_no_momentum_and_does_everything_but_resume()
    {
        string small = folder.Path("small.safetensors");
        Drcnn.Succeed("convert", trained.Checkpoint, small);
        long whole = new FileInfo(trained.Checkpoint).Length;
        Assert.InRange(new FileInfo(small).Length, whole / 3, whole * 0.55);
        string[] image = [Path.Combine(trained.Data, "images", "val_0000.jpg")];
        foreach ((string file, string to) in new[] { (trained.Checkpoint, "of-run"), (small, "of-small") })
        {
            Drcnn.Succeed(["predict", "--checkpoint", file, "--out", folder.Path(to), .. image]);
        }
        Assert.Equal(
            File.ReadAllText(folder.Path("of-run", "predictions.json")),
            File.ReadAllText(folder.Path("of-small", "predictions.json"))
        );
        Assert.Equal(
            EvalTests.FiguresOf(Figures("of-run.json", [trained.Checkpoint])),
            EvalTests.FiguresOf(Figures("of-small.json", [small]))
        );
        Drcnn.Succeed("export", small, folder.Path("small.onnx"));
        Drcnn.Succeed(trained.TrainArguments(folder.Path("tuned"), "--weights", small));
        string run = trained.CopyOfRun(folder.Path("run"));
        File.Copy(small, TrainedRun.CheckpointOf(run, TrainedRun.Iterations), overwrite: true);
        Drcnn.Refuse(
            ExitCode.BadInput,
            [TrainedRun.CheckpointOf(run, TrainedRun.Iterations), "weights alone", "--weights"],
            ["train", "--resume", "--out", run, "--iterations", "6"]
        );
    }

    [Fact]
    public void A_file_of_another_program_becomes_a_checkpoint_that_finds_the_same()
    {
        string theirs = Theirs("theirs.safetensors");
        string output = Drcnn.Succeed([
            "convert",
            theirs,
            folder.Path("ours.safetensors"),
            "--classes",
            Shapes,
            .. narrow,
        ]);
        Assert.Contains("names of MMDetection 2 and 3", output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  found +295 \(backbone 265, fpn 16, rpn 6, roi_head 8\)$", output);
        Assert.Matches(@"(?m)^  missing +none$", output);
        Assert.Matches(@"(?m)^  unknown +none$", output);
        string direct = Figures("direct.json", [theirs, "--classes", Shapes, .. narrow]);
        string converted = Figures("converted.json", [folder.Path("ours.safetensors")]);
        Assert.Equal(EvalTests.FiguresOf(direct), EvalTests.FiguresOf(converted));
        // The names are in the checkpoint; they travel on in MMDetection's place for them.
        Drcnn.Succeed("convert", folder.Path("ours.safetensors"), folder.Path("back.pth"), "--names", "mmdet");
        string named = Figures("named.json", [folder.Path("back.pth"), .. narrow]);
        Assert.Equal(EvalTests.FiguresOf(direct), EvalTests.FiguresOf(named));
    }

    [Fact]
    public void Classes_are_recognised_by_name_and_others_are_refused_with_both_lists()
    {
        string theirs = Theirs("theirs.safetensors");
        string names = folder.Write("names.txt", Shapes.Replace(',', '\n'));
        Figures("same.json", [theirs, "--classes", names, .. narrow]);
        Figures("moved.json", [theirs, "--classes", "ring,star,disc,square,triangle", .. narrow]);
        Drcnn.Refuse(
            ExitCode.BadInput,
            ["[1 disc, 2 square, 3 triangle, 4 star, 5 moon]", "5 ring]"],
            [
                "eval",
                "--checkpoint",
                theirs,
                "--data",
                trained.Data,
                "--classes",
                "disc,square,triangle,star,moon",
                .. narrow,
            ]
        );
    }

    [Fact]
    public void A_file_of_another_program_needs_a_configuration_and_names()
    {
        string theirs = Theirs("theirs.safetensors");
        string image = Path.Combine(trained.Data, "images", "val_0000.jpg");
        string[] predict = ["predict", "--checkpoint", theirs, "--out", folder.Path("found"), image];
        Drcnn.Refuse(ExitCode.BadUsage, [theirs, "--preset NAME"], predict);
        Drcnn.Refuse(ExitCode.BadUsage, [theirs, "5 classes", "--classes a,b,c"], [.. predict, .. narrow]);
        Drcnn.Refuse(
            ExitCode.BadUsage,
            [theirs, "5 classes", "names 2: a, b"],
            [.. predict, "--classes", "a,b", .. narrow]
        );
        Drcnn.Refuse(ExitCode.BadUsage, ["'a' is there twice"], [.. predict, "--classes", "a,b,a", .. narrow]);
        Assert.False(Path.Exists(folder.Path("found")), "nothing is written");
        Drcnn.Succeed([.. predict, "--classes", Shapes, .. narrow]);
        Assert.Contains(
            "\"triangle\"",
            File.ReadAllText(folder.Path("found", "predictions.json")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_checkpoint_keeps_its_own_configuration_and_names()
    {
        string image = Path.Combine(trained.Data, "images", "val_0000.jpg");
        string[] predict = ["predict", "--checkpoint", trained.Checkpoint, "--out", folder.Path("found"), image];
        Drcnn.Refuse(ExitCode.BadUsage, ["its own configuration"], [.. predict, "--preset", "r50-fpn"]);
        Drcnn.Refuse(ExitCode.BadUsage, ["knows the names"], [.. predict, "--classes", Shapes]);
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["group norms", "(model.backbone.norm)", "(model.fpn.norm)", "torchvision"],
            ["convert", trained.Checkpoint, folder.Path("o.pth"), "--names", "torchvision"]
        );
        string small = folder.Path("small.safetensors");
        Drcnn.Succeed("convert", trained.Run, small);
        Assert.True(new FileInfo(small).Length < 0.75 * new FileInfo(trained.Checkpoint).Length, "no momentum");
        Assert.Equal(
            EvalTests.FiguresOf(Figures("run.json", [trained.Run])),
            EvalTests.FiguresOf(Figures("small.json", [small]))
        );
    }

    [Fact]
    public void Nothing_is_overwritten_and_what_does_not_fit_is_listed_and_refused()
    {
        string theirs = Theirs("theirs.safetensors");
        string lacking = Theirs("lacking.safetensors", left: "rpn_head.rpn_conv.bias");
        string there = folder.Write("there.pth", "mine");
        SortedDictionary<string, string> before = folder.Snapshot();
        Drcnn.Refuse(ExitCode.BadUsage, [there, "already"], ["convert", theirs, there, "--names", "official"]);
        Drcnn.Refuse(ExitCode.BadUsage, ["the output is the input"], ["convert", theirs, theirs, "--names", "mmdet"]);
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["o.pth", ".safetensors"],
            ["convert", theirs, folder.Path("o.pth"), "--classes", Shapes, .. narrow]
        );
        Drcnn.Refuse(
            ExitCode.BadInput,
            ["neither a detector nor a backbone"],
            ["convert", folder.Write("empty.safetensors", [2, 0, 0, 0, 0, 0, 0, 0, .. "{}"u8]), folder.Path("o.pth")]
        );
        File.Delete(folder.Path("empty.safetensors"));
        ProcessRun run = Drcnn.Run("convert", lacking, folder.Path("o.pth"), "--names", "official");
        Assert.Matches(@"(?m)^  missing +1\n    rpn_head.rpn_conv.bias$", run.Output);
        Drcnn.RequireOneSentence(
            run,
            ExitCode.BadInput,
            [lacking, "missing tensors: 1, unknown: 0, wrong: 0", "nothing was written"]
        );
        Assert.Equal(before, folder.Snapshot());
    }

    [Fact]
    public void A_backbone_alone_becomes_torchvisions()
    {
        string shared = Repository.Shared("data", "pretrained", "resnet50_caffe_imagenet_c1c4.safetensors");
        string output = Drcnn.Succeed("convert", shared, folder.Path("r50.pth"));
        Assert.Matches(@"(?m)^  found +215 \(backbone 215\)$", output);
        Assert.Equal(
            SafetensorsFile.Read(shared).Tensors.Keys.Order(StringComparer.Ordinal),
            WeightFile.Read(folder.Path("r50.pth")).Tensors.Keys.Order(StringComparer.Ordinal)
        );
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["a backbone alone"],
            ["convert", shared, folder.Path("o.pth"), "--names", "official"]
        );
    }

    private static string[] Set(params string[] values) => [.. values.SelectMany(value => (string[])["--set", value])];

    private string Figures(string json, string[] checkpoint)
    {
        string path = folder.Path(json);
        Drcnn.Succeed(["eval", "--data", trained.Data, "--json", path, "--checkpoint", .. checkpoint]);
        return path;
    }

    // A narrow detector with MMDetection's names and small random weights.
    private string Theirs(string name, string left = "")
    {
        Random random = new(7);
        string[] sets = [.. narrow.Skip(2).Where(argument => argument != "--set")];
        Config config = ConfigText.Resolve(new ConfigSources("r50-fpn", [], sets, [])).Value.Config;
        Dictionary<string, StoredTensor> tensors = [];
        foreach ((string ours, long[] shape) in DetectorStructure.Of(config.Model, classCount: 5).Tensors())
        {
            string theirs = NameTables.MMDetection.ToTheirs(ours, _ => false)!;
            bool isVariance = ours.EndsWith("running_var", StringComparison.Ordinal);
            float[] values = new float[shape.Aggregate(1L, (product, side) => product * side)];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = isVariance ? 1 : 0.2f * (random.NextSingle() - 0.5f);
            }

            if (theirs != left)
            {
                tensors.Add(
                    theirs,
                    new StoredTensor(torch.ScalarType.Float32, shape, MemoryMarshal.AsBytes<float>(values).ToArray())
                );
            }
        }

        string path = folder.Path(name);
        SafetensorsFile.Write(path, new TensorFile(tensors, new Dictionary<string, string>()));
        return path;
    }
}
