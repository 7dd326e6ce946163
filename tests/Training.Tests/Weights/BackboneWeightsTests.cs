using DynamicRcnn.Model;
using DynamicRcnn.Runs;
using DynamicRcnn.Tests;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

public sealed class BackboneWeightsTests : IDisposable
{
    private static readonly string[] shared = ["pretrained", "resnet50_caffe_imagenet_c1c4.safetensors"];

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-backbone-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_shared_resnet_fills_stem_to_layer3_and_nothing_is_left_over()
    {
        string path = SharedData.Folder(shared);
        using Detector detector = TestBackbone.Detector(depth: 50, lastStage: 3);
        TensorFile stored = SafetensorsFile.Read(path);
        WeightReport report = BackboneWeights.Load(detector, path);
        // 1 + 3 * (3 + 4 + 6) + 3 shortcuts = 43 convolutions, each with a norm of four tensors.
        Assert.Equal(43 * 5, report.Loaded.Count);
        Assert.Empty(report.Fresh);
        Assert.Empty(report.Notes);
        Assert.Equal(stored.Tensors.Count - report.Loaded.Count, report.Ignored.Count);
        Assert.All(report.Ignored, name => Assert.EndsWith("num_batches_tracked", name, StringComparison.Ordinal));
        StoredTensor conv = stored.Tensors["layer2.0.conv1.weight"];
        Assert.Equal(torch.ScalarType.Float16, conv.Type);
        float[] loaded = ops.to_array<float>(detector.state_dict()["backbone.layer2.0.conv1.weight"]);
        Assert.Equal((float)BitConverter.ToHalf(conv.Data.Span), loaded[0]);
    }

    [Fact]
    public void A_stage_that_the_file_lacks_is_named_with_its_reason_and_a_warning()
    {
        using Detector detector = TestBackbone.Detector(depth: 50, lastStage: 4);
        WeightReport report = BackboneWeights.Load(detector, SharedData.Folder(shared));
        Assert.Equal(10 * 5, report.Fresh.Count);
        string[] lines = [.. report.Lines("c4.safetensors")];
        Assert.Equal("weights c4.safetensors: 215 tensors loaded into the backbone", lines[0]);
        Assert.Contains("from scratch: backbone.layer4 (50 tensors), because the file lacks them", lines);
        Assert.StartsWith(
            "warning: layers start from scratch behind a batch norm",
            lines[^1],
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_partial_pth_fills_what_it_has()
    {
        using Detector detector = new(TestConfig.Tiny().Model, classCount: 3);
        torch.Tensor bias = detector.state_dict()["backbone.bn1.bias"];
        byte[] conv = ops.to_bytes(detector.state_dict()["backbone.conv1.weight"]);
        WeightReport report = Load(detector, "bn1.bias", [16], "fc.bias", "conv1.weight");
        Assert.Equal(["backbone.bn1.bias"], report.Loaded);
        Assert.Equal(PthBytes.Floats(16), ops.to_bytes(bias));
        Assert.Equal(conv, ops.to_bytes(detector.state_dict()["backbone.conv1.weight"]));
        string[] lines = [.. report.Lines("p.pth")];
        Assert.Equal("weights p.pth: 1 tensor loaded into the backbone", lines[0]);
        Assert.Contains("from scratch: backbone.conv1 (1 tensor), because their shapes in the file differ", lines);
        Assert.Contains("ignored in the file: fc (1 tensor)", lines);
    }

    [Fact]
    public void A_file_of_which_nothing_fits_is_refused()
    {
        using Detector detector = new(TestConfig.Tiny().Model, classCount: 3);
        RunException error = Assert.Throws<RunException>(() => Load(detector, "encoder.weight", [16]));
        Assert.Contains("no tensor fits the backbone", error.Message, StringComparison.Ordinal);
    }

    private WeightReport Load(Detector detector, string name, long[] shape, params string[] others)
    {
        PickleBytes pickle = new PickleBytes().BeginDictionary();
        foreach (string entry in (string[])[name, .. others])
        {
            pickle.Text(entry).Tensor("FloatStorage", "0", 16, 0, shape, [1]);
        }
        string path = Path.Combine(folder, "partial.pth");
        File.WriteAllBytes(path, PthBytes.Of(pickle.EndDictionary().Stop(), new() { ["0"] = PthBytes.Floats(16) }));
        return BackboneWeights.Load(detector, path);
    }
}
