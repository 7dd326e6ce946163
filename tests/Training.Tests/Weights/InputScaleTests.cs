using System.Runtime.InteropServices;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Tests;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

public sealed class InputScaleTests : IDisposable
{
    private static readonly ClassName[] classes = [new(1, "a")];

    private readonly WeightsFolder folder = new();

    public void Dispose() => folder.Dispose();

    // Variances as in the published files: of caffe's thousands, of torchvision's around one.
    [Theory]
    [InlineData("r18-small", 3500f, "", "caffe's ResNet-18", "channels=Bgr")]
    [InlineData("r18-small", 1f, "", null, null)]
    [InlineData("r50-c4-small", 1f, "", "torchvision's ResNet-50", "std=58.395,57.12,57.375")]
    [InlineData("r50-c4-small", 3500f, "", null, null)]
    [InlineData("r50-c4-small", 3500f, "torchvision, IMAGENET1K_V2", "torchvision's ResNet-50", "channels=Rgb")]
    [InlineData("r50-c4-small", 1f, "caffe: stride in the first 1x1", null, null)]
    public void Weights_for_other_images_than_the_preset_makes_are_warned_of_with_what_to_set(
        string preset,
        float variance,
        string variant,
        string? looks,
        string? set
    )
    {
        string[] warnings = Warnings(preset, Stem(1.1f, variance), variant);
        if (looks is null)
        {
            Assert.Empty(warnings);
            return;
        }
        string warning = Assert.Single(warnings);
        Assert.StartsWith($"warning: w.safetensors looks like {looks} (", warning, StringComparison.Ordinal);
        Assert.Contains($"--set model.backbone.{set}", warning, StringComparison.Ordinal);
        Assert.Contains("AP will suffer", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Norms_into_which_the_statistics_were_folded_count_as_well()
    {
        Assert.Empty(Warnings("r50-c4-small", Stem(0.02f, 1f), ""));
        Assert.Single(Warnings("r18-small", Stem(0.02f, 1f), ""));
    }

    [Fact]
    public void An_untrained_stem_and_a_file_without_one_say_nothing()
    {
        Assert.Empty(Warnings("r50-c4-small", Stem(1f, 1f), ""));
        Dictionary<string, StoredTensor> bias = Stem(1.1f, 1f);
        bias.Remove("bn1.running_var");
        Assert.Empty(Warnings("r50-c4-small", bias, ""));
    }

    [Fact]
    public void A_checkpoint_of_a_run_was_trained_on_what_its_configuration_made()
    {
        Config config = Presets.TryFind("r18-small").ResultValue.Config;
        using Detector detector = new(config.Model, classes.Length);
        Dictionary<string, StoredTensor> tensors = detector
            .state_dict()
            .ToDictionary(pair => pair.Key, pair => StoredTensor.Of(pair.Value));
        foreach ((string name, StoredTensor tensor) in Stem(1.1f, 3500f))
        {
            tensors[$"backbone.{name}"] = tensor;
        }
        string path = folder.File("run.safetensors");
        Checkpoint checkpoint = new(TrainingState.Initial(config, []), classes, ConfigJson: "");
        CheckpointFile.SaveDetector(path, tensors, origin: null, new Dictionary<string, StoredTensor>(), checkpoint);
        Assert.Empty(InitialWeights.Load(detector, classes, path).Notes);
    }

    [Theory]
    [InlineData("r50-c4-small", 0)]
    [InlineData("r50-fpn", 1)]
    public void The_shared_resnet_is_caffes_by_its_numbers_alone(string preset, int expected)
    {
        TensorFile shared = SafetensorsFile.Read(
            SharedData.Folder("pretrained", "resnet50_caffe_imagenet_c1c4.safetensors")
        );
        Assert.Equal(expected, Warnings(preset, shared.Tensors, "").Length);
    }

    private string[] Warnings(string preset, IReadOnlyDictionary<string, StoredTensor> tensors, string variant)
    {
        string path = folder.File("w.safetensors");
        SafetensorsFile.Write(path, new TensorFile(tensors, new Dictionary<string, string> { ["variant"] = variant }));
        using Detector detector = new(Presets.TryFind(preset).ResultValue.Config.Model, classes.Length);
        WeightReport report = InitialWeights.Load(detector, classes, path);
        return [.. report.Notes.Where(note => note.Contains("looks like", StringComparison.Ordinal))];
    }

    // Each channel of the kernel has a norm of 1.2.
    private static Dictionary<string, StoredTensor> Stem(float scale, float variance) =>
        new()
        {
            ["conv1.weight"] = Filled([64, 3, 7, 7], 0.1f),
            ["bn1.weight"] = Filled([64], scale),
            ["bn1.bias"] = Filled([64], 0),
            ["bn1.running_mean"] = Filled([64], 0),
            ["bn1.running_var"] = Filled([64], variance),
        };

    private static StoredTensor Filled(long[] shape, float value)
    {
        float[] values = new float[shape.Aggregate(1L, (product, side) => product * side)];
        Array.Fill(values, value);
        return new StoredTensor(torch.ScalarType.Float32, shape, MemoryMarshal.AsBytes<float>(values).ToArray());
    }
}
