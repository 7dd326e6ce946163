using System.Runtime.InteropServices;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;
using DynamicRcnn.Tests;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

public sealed class ImportedDetectorTests : IDisposable
{
    private const int Narrower = 8;
    private const int Classes = 5;

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-import-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("official", 50, 300)]
    [InlineData("official", 101, 555)]
    [InlineData("official deformable", 101, 615)]
    [InlineData("mmdet", 50, 348)]
    [InlineData("mmdet1", 50, 348)]
    [InlineData("detectron2", 50, 295)]
    [InlineData("torchvision", 50, 295)]
    [InlineData("torchvision before 0.13", 50, 295)]
    public void A_file_with_exactly_the_documented_keys_fills_a_detector_of_either_order_and_comes_back_bit_for_bit(
        string family,
        int depth,
        int count
    )
    {
        ForeignKeys keys = new(depth, Narrower, Classes);
        (TensorFile file, NameTable names) = ForeignKeys.FileOf(family, keys);
        Assert.Equal(count, file.Tensors.Count);
        foreach (string extension in (string[])["safetensors", "pth"])
        {
            string path = Written(file, extension);
            foreach (bool backgroundFirst in (bool[])[true, false])
            {
                using Detector detector = keys.Detector(backgroundFirst, family == "official deformable");
                WeightReport report = ImportedDetector.Load(detector, path);
                Assert.Empty(report.Fresh);
                Assert.Equal(detector.state_dict().Count, report.Loaded.Count);
                Assert.Equal(count, report.Loaded.Count + report.Ignored.Count);
                Assert.Contains(names.Title, report.Notes[0], StringComparison.Ordinal);
                Dictionary<string, StoredTensor> own = detector
                    .state_dict()
                    .ToDictionary(pair => pair.Key, pair => StoredTensor.Of(pair.Value));
                AssertSame(file, ForeignDetector.ToTheirs(own, backgroundFirst, names, Beside(file, names)), family);
            }
        }
    }

    [Theory]
    [InlineData("mmdet cascade")]
    [InlineData("mmdet1 cascade")]
    [InlineData("detectron2 cascade")]
    public void The_file_of_a_cascade_fills_every_stage_and_comes_back_bit_for_bit(string family)
    {
        ForeignKeys keys = new(50, Narrower, Classes);
        (TensorFile file, NameTable names) = ForeignKeys.FileOf(family, keys);
        string path = Written(file, "safetensors");
        using Detector detector = keys.Cascade();
        WeightReport report = ImportedDetector.Load(detector, path);
        Assert.Empty(report.Fresh);
        Assert.Equal(detector.state_dict().Count, report.Loaded.Count);
        Dictionary<string, StoredTensor> own = detector
            .state_dict()
            .ToDictionary(pair => pair.Key, pair => StoredTensor.Of(pair.Value));
        AssertSame(file, ForeignDetector.ToTheirs(own, backgroundFirst: false, names, Beside(file, names)), family);

        DetectorFile read = DetectorFile.Read(path);
        Assert.Equal((3, Classes), (read.Structure.Stages, read.Structure.ClassCount));
        Assert.True(DetectorConversion.Inventory(read, read.Structure).IsWhole);
        RunException refused = Assert.Throws<RunException>(() =>
            DetectorConversion.WriteForeign(path + ".pth", read, NameTables.Torchvision, config: null, classes: null)
        );
        Assert.Contains(
            "torchvision has no name for the tensor 'roi_head.0.",
            refused.Message,
            StringComparison.Ordinal
        );
        using Detector one = keys.Detector(backgroundFirst: false);
        Assert.Contains(
            "the file is of another model",
            Assert.Throws<RunException>(() => ImportedDetector.Load(one, path)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_official_names_of_deformable_convolutions_come_back_too()
    {
        ForeignKeys keys = new(101, narrower: 64, Classes);
        TensorFile file = keys.File(keys.Official(deformable: true), backgroundFirst: true);
        Assert.Equal(615, file.Tensors.Count);
        ForeignDetector foreign = ForeignDetector.TryOf("f", file)!;
        Assert.Equal(610, foreign.Tensors.Count);
        Assert.Equal([27, 8, 3, 3], foreign.Tensors["backbone.layer4.0.conv2.conv_offset.weight"].Shape);
        Assert.Contains("backbone.layer2.0.conv2.weight", foreign.Tensors.Keys);
        Assert.Contains("backbone.layer1.0.conv2.weight", foreign.Tensors.Keys);
        IReadOnlyDictionary<string, StoredTensor> back = ForeignDetector.ToTheirs(
            foreign.Tensors,
            backgroundFirst: true,
            foreign.Names,
            foreign.Beside
        );
        Assert.Equal(file.Tensors.Keys.Order(StringComparer.Ordinal), back.Keys.Order(StringComparer.Ordinal));
        IReadOnlyDictionary<string, StoredTensor> other = ForeignDetector.ToTheirs(
            foreign.Tensors,
            backgroundFirst: true,
            NameTables.MMDetection,
            new Dictionary<string, StoredTensor>()
        );
        Assert.Contains("backbone.layer3.22.conv2.conv_offset.bias", other.Keys);
        Assert.Contains("backbone.layer3.22.conv2.weight", other.Keys);
    }

    [Fact]
    public void Shapes_of_the_published_resnet_50_are_those_of_the_detector_at_full_width()
    {
        ForeignKeys keys = new(50, narrower: 1, classCount: 80);
        Dictionary<string, long[]> shapes = keys.Official().ToDictionary(key => key.Name, key => key.Shape);
        Assert.Equal([81, 1024], shapes["cls_score.weight"]);
        Assert.Equal([324, 1024], shapes["bbox_pred.weight"]);
        Assert.Equal([1024, 12544], shapes["fc6.weight"]);
        using Detector detector = keys.Detector(backgroundFirst: true);
        Dictionary<string, torch.Tensor> own = detector.state_dict();
        foreach ((string name, torch.Tensor tensor) in own)
        {
            Assert.Equal(shapes[NameTables.Official.ToTheirs(name, own.ContainsKey)!], tensor.shape);
        }
    }

    [Fact]
    public void Torchvisions_own_detector_loads()
    {
        Python.RunText(
            folder,
            """
            import torch, torchvision
            torch.manual_seed(1)
            model = torchvision.models.detection.fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=4)
            torch.save(model.state_dict(), 'detector.pth')
            model.roi_heads.box_predictor.cls_score.weight.detach().numpy().tofile('classes.bin')
            model.backbone.fpn.inner_blocks[2][0].weight.detach().numpy().tofile('lateral.bin')
            """,
            "torch",
            "torchvision"
        );
        using Detector detector = new ForeignKeys(50, narrower: 1, classCount: 3).Detector(backgroundFirst: true);
        WeightReport report = ImportedDetector.Load(detector, Path.Combine(folder, "detector.pth"));
        Assert.Equal(295, report.Loaded.Count);
        Dictionary<string, torch.Tensor> own = detector.state_dict();
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(folder, "classes.bin")),
            ops.to_bytes(own["roi_head.classes.weight"])
        );
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "lateral.bin")), ops.to_bytes(own["fpn.lateral.2.weight"]));
    }

    [Fact]
    public void A_file_that_does_not_fit_is_refused_with_a_list_and_changes_nothing()
    {
        ForeignKeys keys = new(50, Narrower, Classes);
        Dictionary<string, StoredTensor> tensors = new(ForeignKeys.FileOf("official", keys).File.Tensors);
        tensors.Remove("rpn_conv.bias");
        tensors["rpn_conv.scale"] = tensors["fc6.bias"];
        tensors["mask_head.weight"] = tensors["fc6.bias"];
        tensors["fc7.bias"] = tensors["fc7.bias"] with { Shape = [1, 128] };
        tensors["fc6.bias"] = Floats(128, float.NaN);
        tensors["backbone.body.stem.bn1.running_var"] = Floats(8, -1e-9f);
        tensors["backbone.body.stem.bn1.running_mean"] = new(torch.ScalarType.Int16, [8], new byte[16]);
        using Detector detector = keys.Detector(backgroundFirst: true);
        byte[] before = ops.to_bytes(detector.state_dict()["roi_head.fc1.weight"]);
        string message = Refused(detector, tensors);
        Assert.Contains("missing (1): rpn_conv.bias;", message, StringComparison.Ordinal);
        Assert.Contains("unknown (2): mask_head.weight, rpn_conv.scale;", message, StringComparison.Ordinal);
        Assert.Contains("fc7.bias has the shape [1, 128], expected [128]", message, StringComparison.Ordinal);
        Assert.Contains("fc6.bias holds NaN", message, StringComparison.Ordinal);
        Assert.Contains("running_var holds a negative variance", message, StringComparison.Ordinal);
        Assert.Contains("running_mean has elements of type Int16", message, StringComparison.Ordinal);
        Assert.Equal(before, ops.to_bytes(detector.state_dict()["roi_head.fc1.weight"]));
    }

    [Fact]
    public void Half_precision_is_checked_for_numbers_too()
    {
        ForeignKeys keys = new(50, Narrower, Classes);
        Dictionary<string, StoredTensor> tensors = new(ForeignKeys.FileOf("official", keys).File.Tensors);
        byte[] halves = [.. MemoryMarshal.AsBytes<Half>([.. Enumerable.Repeat(Half.PositiveInfinity, 128)])];
        byte[] variances = [.. MemoryMarshal.AsBytes<ushort>([.. Enumerable.Repeat((ushort)0xBF80, 8)])];
        tensors["fc6.bias"] = new(torch.ScalarType.Float16, [128], halves);
        tensors["backbone.body.stem.bn1.running_var"] = new(torch.ScalarType.BFloat16, [8], variances);
        using Detector detector = keys.Detector(backgroundFirst: true);
        string message = Refused(detector, tensors);
        Assert.Contains("fc6.bias holds NaN or an infinity", message, StringComparison.Ordinal);
        Assert.Contains("running_var holds a negative variance", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_number_of_classes_needs_a_training_that_starts_from_the_file()
    {
        (TensorFile file, _) = ForeignKeys.FileOf("mmdet", new ForeignKeys(50, Narrower, Classes));
        string path = Written(file, "safetensors");
        using Detector detector = new ForeignKeys(50, Narrower, classCount: 2).Detector(backgroundFirst: true);
        RunException error = Assert.Throws<RunException>(() => ImportedDetector.Load(detector, path));
        Assert.Contains("The file knows 5 classes, the detector 2.", error.Message, StringComparison.Ordinal);
        WeightReport report = InitialWeights.Load(detector, [new ClassName(1, "a"), new ClassName(2, "b")], path);
        Assert.Equal(
            ["roi_head.classes.bias", "roi_head.classes.weight", "roi_head.deltas.bias", "roi_head.deltas.weight"],
            report.Fresh.Select(tensor => tensor.Name).Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            file.Tensors["neck.fpn_convs.3.conv.bias"].Data.ToArray(),
            ops.to_bytes(detector.state_dict()["fpn.output.3.bias"])
        );
    }

    [Fact]
    public void A_backbone_alone_is_no_whole_detector()
    {
        string path = Written(
            new TensorFile(
                new Dictionary<string, StoredTensor> { ["layer1.0.bn1.weight"] = Floats(8, 1) },
                new Dictionary<string, string>()
            ),
            "safetensors"
        );
        using Detector detector = new ForeignKeys(50, Narrower, Classes).Detector(backgroundFirst: true);
        RunException error = Assert.Throws<RunException>(() => ImportedDetector.Load(detector, path));
        Assert.Contains("no whole detector", error.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, StoredTensor> Beside(TensorFile file, NameTable names) =>
        file.Tensors.Where(pair => names.IsBeside(pair.Key)).ToDictionary();

    private static void AssertSame(TensorFile file, IReadOnlyDictionary<string, StoredTensor> back, string family)
    {
        bool old = family.EndsWith("0.13", StringComparison.Ordinal);
        Assert.Equal(file.Tensors.Count, back.Count);
        foreach ((string name, StoredTensor tensor) in back)
        {
            // What is written are torchvision's names of today.
            StoredTensor expected = file.Tensors[
                !old ? name
                : name.StartsWith("rpn", StringComparison.Ordinal) ? name.Replace(".0.0", "", StringComparison.Ordinal)
                : name.StartsWith("backbone.fpn", StringComparison.Ordinal)
                    ? name.Replace(".0.weight", ".weight", StringComparison.Ordinal)
                        .Replace(".0.bias", ".bias", StringComparison.Ordinal)
                : name
            ];
            Assert.Equal(expected.Type, tensor.Type);
            Assert.Equal(expected.Shape, tensor.Shape);
            Assert.True(expected.Data.Span.SequenceEqual(tensor.Data.Span), name);
        }
    }

    private static StoredTensor Floats(int count, float value) =>
        new(
            torch.ScalarType.Float32,
            [count],
            MemoryMarshal.AsBytes<float>([.. Enumerable.Repeat(value, count)]).ToArray()
        );

    private string Refused(Detector detector, Dictionary<string, StoredTensor> tensors)
    {
        string path = Written(new TensorFile(tensors, new Dictionary<string, string>()), "safetensors");
        RunException error = Assert.Throws<RunException>(() => ImportedDetector.Load(detector, path));
        Assert.DoesNotContain('\n', error.Message);
        return error.Message;
    }

    private string Written(TensorFile file, string extension)
    {
        string path = Path.Combine(folder, $"detector.{extension}");
        if (extension == "pth")
        {
            File.WriteAllBytes(path, PthBytes.Of(file));
        }
        else
        {
            SafetensorsFile.Write(path, file);
        }
        return path;
    }
}
