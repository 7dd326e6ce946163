using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

public sealed class FineTuningTests : IDisposable
{
    private static readonly string[] pets = ["cat", "dog", "bird"];

    private static readonly string[] classTensors =
    [
        "roi_head.classes.bias",
        "roi_head.classes.weight",
        "roi_head.deltas.bias",
        "roi_head.deltas.weight",
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-tuning-").FullName;

    private string Path => System.IO.Path.Combine(folder, "pets.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void With_another_number_of_classes_only_the_layers_of_the_classes_start_from_scratch()
    {
        Dictionary<string, byte[]> stored = Save(emaDecay: 0);
        using Detector detector = new(TestConfig.Tiny().Model, classCount: 2);
        Dictionary<string, byte[]> before = Bits(detector);
        WeightReport report = InitialWeights.Load(detector, Named("cat", "dog"), Path);
        Assert.Equal(classTensors, report.Fresh.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        Assert.Equal(before.Count, report.Loaded.Count + classTensors.Length);
        foreach ((string name, byte[] bits) in Bits(detector))
        {
            Assert.Equal(classTensors.Contains(name) ? before[name] : stored[name], bits);
        }
        string[] lines = [.. report.Lines("pets")];
        Assert.Equal($"weights pets: {report.Loaded.Count} tensors loaded into the detector", lines[0]);
        Assert.Equal(
            "from scratch: roi_head.classes (2 tensors), roi_head.deltas (2 tensors), "
                + "because the checkpoint's number of classes is 3 and the data's 2",
            lines[1]
        );
        Assert.Equal(2, lines.Length);
    }

    [Fact]
    public void With_as_many_classes_of_other_names_all_is_kept_and_the_log_says_so()
    {
        Dictionary<string, byte[]> stored = Save(emaDecay: 0);
        using Detector detector = new(TestConfig.Tiny().Model, classCount: 3);
        WeightReport report = InitialWeights.Load(detector, Named("cat", "wolf", "bat"), Path);
        Assert.Empty(report.Fresh);
        Assert.Equal(stored, Bits(detector));
        Assert.EndsWith(
            "'dog' becomes 'wolf', 'bird' becomes 'bat'",
            Assert.Single(report.Notes),
            StringComparison.Ordinal
        );
        Assert.Equal([.. report.Notes], report.Lines("pets").Skip(1));
    }

    [Fact]
    public void With_the_same_classes_there_is_nothing_to_note()
    {
        Save(emaDecay: 0);
        using Detector detector = new(TestConfig.Tiny().Model, classCount: 3);
        WeightReport report = InitialWeights.Load(detector, Named(pets), Path);
        Assert.Equal(
            [
                $"weights pets: {report.Loaded.Count} tensors loaded into the detector; no layer of it starts from scratch",
            ],
            report.Lines("pets")
        );
    }

    [Fact]
    public void The_averages_of_the_weights_are_what_is_loaded()
    {
        Dictionary<string, byte[]> stored = Save(emaDecay: 0.9);
        using Detector detector = new(TestConfig.Tiny().Model, classCount: 3);
        InitialWeights.Load(detector, Named(pets), Path);
        Dictionary<string, byte[]> bits = Bits(detector);
        Assert.NotEqual(stored["rpn.conv.bias"], bits["rpn.conv.bias"]);
        Assert.All(ops.to_array<float>(detector.state_dict()["rpn.conv.bias"]), value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_checkpoint_of_another_model_is_refused_and_changes_nothing()
    {
        Save(emaDecay: 0);
        ModelConfig model = TestConfig.Tiny().Model;
        FpnConfig wider = new(channels: 64, model.Fpn.Norm, model.Fpn.FirstLevel);
        using Detector detector = new(
            new ModelConfig(model.Backbone, wider, model.Rpn, model.RoIHead, model.Cascade, model.Conventions),
            classCount: 2
        );
        Dictionary<string, byte[]> before = Bits(detector);
        RunException error = Assert.Throws<RunException>(() =>
            InitialWeights.Load(detector, Named("cat", "dog"), Path)
        );
        Assert.Contains("the shape of 'fpn.", error.Message, StringComparison.Ordinal);
        Assert.Contains("the checkpoint was trained with", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Bits(detector));
    }

    /// <summary>A detector of three classes as a checkpoint. Its biases move away from 0 after the averages were taken.</summary>
    private Dictionary<string, byte[]> Save(double emaDecay)
    {
        Config config = TestConfig.Tiny();
        torch.manual_seed(11);
        using Detector detector = new(config.Model, pets.Length);
        (string Name, Parameter Parameter)[] trained = [.. detector.named_parameters()];
        using Sgd optimizer = new(trained, config.Solver);
        using WeightAverage? average = emaDecay > 0 ? new WeightAverage(trained, emaDecay) : null;
        using (torch.no_grad())
        {
            trained.First(entry => entry.Name == "rpn.conv.bias").Parameter.fill_(0.5);
        }
        Checkpoint checkpoint = new(TrainingState.Initial(config, []), Named(pets), ConfigJson: "");
        CheckpointFile.Save(Path, detector, optimizer.Momentum, average?.Tensors, checkpoint);
        return Bits(detector);
    }

    private static ClassName[] Named(params string[] names) =>
        [.. names.Select((name, index) => new ClassName(index + 1, name))];

    private static Dictionary<string, byte[]> Bits(Detector detector) =>
        detector.state_dict().ToDictionary(pair => pair.Key, pair => ops.to_bytes(pair.Value));
}
