using System.Runtime.InteropServices;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Runs;
using DynamicRcnn.Tests;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights.Conversion;

public sealed class DetectorConversionTests : IDisposable
{
    private const int Narrower = 16;
    private static readonly string[] five = ["a", "b", "c", "d", "e"];

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-convert-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("official", 50, 300)]
    [InlineData("official", 101, 555)]
    [InlineData("official deformable", 101, 615)]
    [InlineData("mmdet", 50, 348)]
    [InlineData("mmdet1", 50, 348)]
    [InlineData("detectron2", 50, 295)]
    [InlineData("detectron2 cascade", 50, 311)]
    [InlineData("torchvision", 50, 295)]
    public void A_file_comes_back_bit_for_bit_through_a_checkpoint_of_ours_and_both_formats(
        string family,
        int depth,
        int count
    )
    {
        ForeignKeys keys = new(depth, Narrower, five.Length);
        (TensorFile file, NameTable names) = ForeignKeys.FileOf(family, keys);
        Assert.Equal(count, file.Tensors.Count);
        string path = Path("first.safetensors");
        SafetensorsFile.Write(path, file);
        foreach (string extension in (string[])["pth", "safetensors"])
        {
            // Straight to another file of that program, then to a checkpoint, then back from it.
            string copy = Path($"copy.{extension}");
            Assert.Equal(
                count,
                DetectorConversion.WriteForeign(copy, DetectorFile.Read(path), names, config: null, five)
            );
            AssertSame(file, WeightFile.Read(copy));
            DetectorFile source = DetectorFile.Read(copy);
            bool hasNames = names.Form != PthForm.StateDict || extension != "pth";
            Assert.Equal(hasNames ? five : null, source.ClassNames);
            bool backgroundFirst = names.BackgroundFirst;
            ResolvedConfig resolved = family.EndsWith("cascade", StringComparison.Ordinal)
                ? keys.CascadeConfig()
                : keys.Config(backgroundFirst, family == "official deformable");
            DetectorStructure structure = DetectorStructure.Of(resolved.Config.Model, five.Length);
            WeightInventory inventory = DetectorConversion.Inventory(source, structure);
            Assert.True(inventory.IsWhole, string.Join('\n', inventory.Lines()));
            Assert.Equal(count, inventory.Found.Count + inventory.Beside.Count);
            Assert.Equal(structure.Tensors().Count(), source.Structure.Tensors().Count());
            string ours = Path($"ours-{extension}.safetensors");
            DetectorConversion.WriteCheckpoint(ours, source, resolved, source.Classes(hasNames ? null : five));
            DetectorFile checkpoint = DetectorFile.Read(ours);
            Assert.Equal(five, checkpoint.Classes(given: null).Select(name => name.Name));
            string back = Path($"back.{extension}");
            DetectorConversion.WriteForeign(back, checkpoint, names, resolved.Config.Model, five);
            AssertSame(file, WeightFile.Read(back));
        }
    }

    [Fact]
    public void A_file_of_one_program_gets_what_the_other_keeps_beside_the_weights()
    {
        ForeignKeys keys = new(50, Narrower, five.Length);
        (TensorFile file, _) = ForeignKeys.FileOf("torchvision", keys);
        string path = Path("torchvision.safetensors");
        SafetensorsFile.Write(path, file);
        DetectorFile source = DetectorFile.Read(path);
        DetectorConversion.WriteForeign(Path("m.pth"), source, NameTables.MMDetection, config: null, five);
        TensorFile mmdet = WeightFile.Read(Path("m.pth"));
        Assert.Equal(348, mmdet.Tensors.Count);
        Assert.Equal(0, BitConverter.ToInt64(mmdet.Tensors["backbone.bn1.num_batches_tracked"].Data.Span));
        ResolvedConfig resolved = keys.Config(backgroundFirst: true);
        DetectorConversion.WriteForeign(
            Path("o.safetensors"),
            source,
            NameTables.Official,
            resolved.Config.Model,
            five
        );
        TensorFile official = WeightFile.Read(Path("o.safetensors"));
        Assert.Equal(300, official.Tensors.Count);
        // The anchors of maskrcnn-benchmark at stride 8.
        Assert.Equal(
            [-40, -20, 47, 27, -28, -28, 35, 35, -20, -44, 27, 51],
            MemoryMarshal.Cast<byte, float>(official.Tensors["anchor_generator.cell_anchors.1"].Data.Span).ToArray()
        );
    }

    [Fact]
    public void The_background_moves_from_the_last_row_to_the_first()
    {
        ForeignKeys keys = new(50, Narrower, five.Length);
        (TensorFile file, _) = ForeignKeys.FileOf("mmdet", keys);
        SafetensorsFile.Write(Path("m.safetensors"), file);
        DetectorFile source = DetectorFile.Read(Path("m.safetensors"));
        DetectorConversion.WriteForeign(Path("t.pth"), source, NameTables.Torchvision, config: null, classes: null);
        TensorFile torchvision = WeightFile.Read(Path("t.pth"));
        ReadOnlySpan<byte> theirs = torchvision.Tensors["roi_heads.box_predictor.cls_score.bias"].Data.Span;
        ReadOnlySpan<byte> first = file.Tensors["roi_head.bbox_head.fc_cls.bias"].Data.Span;
        Assert.True(theirs[..4].SequenceEqual(first[^4..]), "the background is first");
        Assert.True(theirs[4..].SequenceEqual(first[..^4]), "the classes follow");
        Assert.Equal([24], torchvision.Tensors["roi_heads.box_predictor.bbox_pred.bias"].Shape);
        Assert.True(
            torchvision
                .Tensors["roi_heads.box_predictor.bbox_pred.bias"]
                .Data.Span[16..]
                .SequenceEqual(file.Tensors["roi_head.bbox_head.fc_reg.bias"].Data.Span),
            "regression biases move as the weights do"
        );
    }

    [Theory]
    [InlineData("module.")]
    [InlineData("model.")]
    [InlineData("module.detector.net.")]
    public void What_all_names_begin_with_is_dropped_and_said(string prefix)
    {
        ForeignKeys keys = new(50, Narrower, five.Length);
        (TensorFile file, _) = ForeignKeys.FileOf("official", keys);
        TensorFile prefixed = new(
            file.Tensors.ToDictionary(pair => prefix + pair.Key, pair => pair.Value),
            file.Metadata
        );
        SafetensorsFile.Write(Path("p.safetensors"), prefixed);
        DetectorFile source = DetectorFile.Read(Path("p.safetensors"));
        Assert.Equal(prefix.Replace("module.", "", StringComparison.Ordinal), source.Foreign!.Prefix);
        Assert.True(DetectorConversion.Inventory(source, source.Structure).IsWhole, "nothing is missing or unknown");
        using Model.Detector detector = keys.Detector(backgroundFirst: true);
        WeightReport report = ImportedDetector.Load(detector, Path("p.safetensors"));
        Assert.Equal(
            source.Foreign.Prefix.Length > 0,
            report.Notes.Any(note => note.Contains("which is dropped", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void What_is_missing_unknown_or_wrong_is_listed_by_the_names_in_the_file()
    {
        ForeignKeys keys = new(50, Narrower, five.Length);
        Dictionary<string, StoredTensor> tensors = new(ForeignKeys.FileOf("official", keys).File.Tensors);
        tensors.Remove("rpn_conv.bias");
        tensors["mask_head.weight"] = tensors["fc6.bias"];
        tensors["fc7.bias"] = tensors["fc7.bias"] with { Shape = [1, 64] };
        SafetensorsFile.Write(Path("w.safetensors"), new TensorFile(tensors, new Dictionary<string, string>()));
        DetectorFile source = DetectorFile.Read(Path("w.safetensors"));
        WeightInventory inventory = DetectorConversion.Inventory(source, source.Structure);
        Assert.Equal(["rpn_conv.bias"], inventory.Missing);
        Assert.Equal(["mask_head.weight"], inventory.Unknown);
        Assert.Equal(["fc7.bias has the shape [1, 64], expected [64]"], inventory.Wrong);
        Assert.Contains("    rpn_conv.bias", inventory.Lines());
    }

    [Fact]
    public void Names_of_classes_come_from_the_caller_or_the_file_and_are_counted()
    {
        ForeignKeys keys = new(50, Narrower, five.Length);
        SafetensorsFile.Write(Path("n.safetensors"), ForeignKeys.FileOf("mmdet", keys).File);
        DetectorFile source = DetectorFile.Read(Path("n.safetensors"));
        Assert.Null(source.ClassNames);
        RunException nameless = Assert.Throws<RunException>(() => source.Classes(given: null));
        Assert.Contains("what its 5 classes are called", nameless.Message, StringComparison.Ordinal);
        RunException few = Assert.Throws<RunException>(() => source.Classes(["x", "y"]));
        Assert.Contains("has 5 classes, but --classes names 2: x, y", few.Message, StringComparison.Ordinal);
        Assert.Equal(new ClassName(5, "e"), source.Classes(five)[^1]);
    }

    [Fact]
    public void Detectors_of_other_programs_look_at_images_without_a_checkpoint_of_ours()
    {
        ForeignKeys keys = new(50, Narrower, five.Length);
        SafetensorsFile.Write(Path("d.safetensors"), ForeignKeys.FileOf("official", keys).File);
        DetectorFile source = DetectorFile.Read(Path("d.safetensors"));
        ResolvedConfig resolved = keys.Config(backgroundFirst: true);
        using TrainedDetector detector = TrainedDetector.Load(source, resolved.Config, source.Classes(five));
        Assert.Equal(five, detector.Classes.Select(name => name.Name));
        RunException error = Assert.Throws<RunException>(() => TrainedDetector.Load(Path("d.safetensors")));
        Assert.Contains("no configuration", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Torchvisions_own_detector_takes_every_tensor_of_what_is_written()
    {
        ForeignKeys keys = new(50, narrower: 1, classCount: 3);
        (TensorFile file, _) = ForeignKeys.FileOf("mmdet", keys);
        SafetensorsFile.Write(Path("m.safetensors"), file);
        DetectorFile source = DetectorFile.Read(Path("m.safetensors"));
        DetectorConversion.WriteForeign(Path("t.pth"), source, NameTables.Torchvision, config: null, classes: null);
        Python.RunText(
            folder,
            """
            import torch, torchvision
            model = torchvision.models.detection.fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=4)
            state = torch.load('t.pth', weights_only=True)
            model.load_state_dict(state, strict=True)
            assert torch.equal(model.backbone.fpn.layer_blocks[3][0].bias, state['backbone.fpn.layer_blocks.3.0.bias'])
            model.roi_heads.box_head.fc7.weight.detach().numpy().tofile('fc7.bin')
            """,
            "torch",
            "torchvision"
        );
        Assert.True(
            File.ReadAllBytes(Path("fc7.bin"))
                .AsSpan()
                .SequenceEqual(file.Tensors["roi_head.bbox_head.shared_fcs.1.weight"].Data.Span),
            "the second hidden layer is the file's"
        );
    }

    private static void AssertSame(TensorFile expected, TensorFile found)
    {
        Assert.Equal(
            expected.Tensors.Keys.Order(StringComparer.Ordinal),
            found.Tensors.Keys.Order(StringComparer.Ordinal)
        );
        foreach ((string name, StoredTensor tensor) in expected.Tensors)
        {
            Assert.Equal(tensor.Type, found.Tensors[name].Type);
            Assert.Equal(tensor.Shape, found.Tensors[name].Shape);
            Assert.True(tensor.Data.Span.SequenceEqual(found.Tensors[name].Data.Span), name);
        }
    }

    private string Path(string name) => System.IO.Path.Combine(folder, name);
}
