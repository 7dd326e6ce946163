using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>Weights as training scripts save them: under any key, beside averages, optimisers and metrics, under a wrapper's names.</summary>
public sealed class FoundStateDictTests : IDisposable
{
    private const int Narrower = 16;
    private const int Classes = 3;
    private const int Tensors = 295;

    private static readonly ForeignKeys keys = new(50, Narrower, Classes);

    private static readonly IReadOnlyDictionary<string, StoredTensor> detector = ForeignKeys
        .FileOf("torchvision", keys)
        .File.Tensors;

    private readonly WeightsFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("state_dict", false)]
    [InlineData("model", false)]
    [InlineData("model_state_dict", true)]
    [InlineData("net", true)]
    [InlineData("params", true)]
    [InlineData("ema_state_dict", true)]
    [InlineData("my_detector_v2", true)]
    [InlineData("checkpoint.model.weights", true)]
    public void The_key_is_whatever_it_is_and_an_unusual_one_is_said(string place, bool isSaid)
    {
        object content = detector;
        foreach (string key in place.Split('.').Reverse())
        {
            content = new Dictionary<string, object>
            {
                ["epoch"] = "3",
                [key] = content,
                ["optimizer_state_dict"] = new Dictionary<string, object> { ["exp_avg"] = detector.Values.First() },
            };
        }
        DetectorFile file = Read((Dictionary<string, object>)content);
        Assert.Equal(Tensors, file.Foreign!.Tensors.Count);
        Assert.Equal(isSaid ? [$"the weights are those under '{place}' ({Tensors} tensors)"] : [], file.Notes);
    }

    [Theory]
    [InlineData("model", "ema", "ema")]
    [InlineData("ema_model", "model", "ema_model")]
    [InlineData("state_dict", "state_dict_ema", "state_dict_ema")]
    [InlineData("model", "schema", "model")]
    public void Of_weights_and_their_averages_the_averages_are_taken_and_both_are_named(
        string first,
        string second,
        string taken
    )
    {
        DetectorFile file = Read(new() { [first] = Marked(first == taken), [second] = Marked(second == taken) });
        Assert.True(IsMarked(file), "the right one");
        string other = taken == first ? second : first;
        string averages = taken == "model" ? "" : ", the moving averages,";
        Assert.Equal(
            [$"the weights under '{taken}'{averages} are taken; those under '{other}' are left out"],
            file.Notes
        );
    }

    [Fact]
    public void Averages_that_lack_a_part_are_left_and_those_of_mmengine_are_under_the_plain_name()
    {
        Dictionary<string, StoredTensor> parameters = Marked(false)
            .Where(pair => !pair.Key.Contains("running", StringComparison.Ordinal))
            .ToDictionary();
        Assert.True(IsMarked(Read(new() { ["model"] = Marked(true), ["ema"] = parameters })), "the whole one");
        Dictionary<string, StoredTensor> beside = Prefixed("module.", Marked(false));
        beside.Add("steps", new StoredTensor(torch.ScalarType.Int64, [], new byte[8]));
        DetectorFile file = Read(new() { ["state_dict"] = Marked(true), ["ema_state_dict"] = beside });
        Assert.True(IsMarked(file), "mmengine's state_dict holds the averages");
        Assert.Contains("'state_dict', the moving averages,", Assert.Single(file.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_models_that_nothing_tells_apart_are_refused_by_their_keys_or_prefixes()
    {
        string byKey = folder.Refused(SavedTraining.Of(new() { ["student"] = detector, ["teacher"] = detector }));
        Assert.Contains("under 'student' and 'teacher'", byKey, StringComparison.Ordinal);
        Dictionary<string, StoredTensor> both = Prefixed("student.", detector);
        foreach ((string name, StoredTensor tensor) in Prefixed("teacher.", detector))
        {
            both.Add(name, tensor);
        }
        string byPrefix = Assert.Throws<RunException>(() => Read(new() { ["state_dict"] = both })).Message;
        Assert.Contains("behind 'student.' and behind 'teacher.'", byPrefix, StringComparison.Ordinal);
        using Detector backbone = TestBackbone.Detector(depth: 50, lastStage: 4);
        Dictionary<string, StoredTensor> queries = new[] { "encoder_q.", "encoder_k." }
            .SelectMany(prefix => Prefixed(prefix, Backbone()))
            .ToDictionary();
        string path = folder.Write(SavedTraining.Of(new() { ["state_dict"] = queries }));
        Assert.Contains(
            "behind 'encoder_q.' and behind 'encoder_k.'",
            Assert.Throws<RunException>(() => BackboneWeights.Load(backbone, path)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("model.")]
    [InlineData("net.")]
    [InlineData("detector._orig_mod.")]
    public void A_metrics_buffers_beside_the_model_are_not_needed_and_counted(string prefix)
    {
        Dictionary<string, StoredTensor> state = Prefixed(prefix, detector);
        state.Add("val_map.iou_thresholds", detector.Values.First());
        string path = folder.Write(SavedTraining.Of(new() { ["state_dict"] = state }));
        DetectorFile file = DetectorFile.Read(path);
        Assert.Equal(Tensors, file.Foreign!.Tensors.Count);
        WeightInventory inventory = DetectorConversion.Inventory(file, file.Structure);
        Assert.True(inventory.IsWhole, string.Join('\n', inventory.Lines()));
        Assert.Equal(["val_map.iou_thresholds"], inventory.Beside);
        using Detector filled = keys.Detector(backgroundFirst: true);
        WeightReport report = InitialWeights.Load(filled, Named(Classes), path);
        Assert.Equal(Tensors, report.Loaded.Count);
        Assert.Contains("ignored in the file: val_map (1 tensor)", report.Lines(path));
    }

    [Theory]
    [InlineData("module._orig_mod.", "")]
    [InlineData("_orig_mod.module.", "")]
    [InlineData("", "backbone._orig_mod.")]
    [InlineData("", "backbone._fsdp_wrapped_module._checkpoint_wrapped_module.")]
    public void The_words_of_compiled_and_sharded_modules_are_dropped_wherever_they_stand(string prefix, string inside)
    {
        IReadOnlyDictionary<string, StoredTensor> state =
            inside.Length == 0
                ? Prefixed(prefix, detector)
                : detector.ToDictionary(
                    pair => pair.Key.Replace("backbone.", inside, StringComparison.Ordinal),
                    pair => pair.Value
                );
        DetectorFile file = Read(new() { ["model"] = state });
        Assert.Equal(Tensors, file.Foreign!.Tensors.Count);
        Assert.Empty(file.Foreign.Prefix);
    }

    [Fact]
    public void The_twins_of_mmdetection_2_are_counted_as_averages_that_are_not_needed()
    {
        (TensorFile plain, _) = ForeignKeys.FileOf("mmdet", new ForeignKeys(50, Narrower, Classes));
        Dictionary<string, StoredTensor> state = new(plain.Tensors);
        foreach ((string name, StoredTensor tensor) in plain.Tensors)
        {
            state.Add("ema_" + name.Replace('.', '_'), tensor);
        }
        DetectorFile file = Read(new() { ["meta"] = "", ["state_dict"] = state });
        Assert.Equal(Tensors, file.Foreign!.Tensors.Count);
        Assert.Empty(file.Foreign.Unknown);
        WeightInventory inventory = DetectorConversion.Inventory(file, file.Structure);
        Assert.Contains("  not needed  401 (num_batches_tracked 53, ema_... 348)", inventory.Lines());
    }

    [Fact]
    public void A_refusal_names_the_keys_that_are_there_with_their_kinds_and_the_first_names()
    {
        Dictionary<string, object> other = new()
        {
            ["epoch"] = "3",
            ["config"] = new Dictionary<string, object> { ["NC"] = "3" },
            ["net"] = new Dictionary<string, StoredTensor> { ["head.0.weight"] = detector.Values.First() },
        };
        const string Keys =
            "'epoch' is a text, 'config' is a dictionary without tensors, 'net' is a dictionary of 1 tensor";
        string path = folder.Write(SavedTraining.Of(other));
        string detectorSentence = Assert.Throws<RunException>(() => DetectorFile.Read(path)).Message;
        using Detector target = TestBackbone.Detector(depth: 18, lastStage: 4);
        string backboneSentence = Assert.Throws<RunException>(() => BackboneWeights.Load(target, path)).Message;
        foreach (string sentence in (string[])[detectorSentence, backboneSentence])
        {
            Assert.Contains(
                $"it holds tensors (1): head.0.weight; at the top {Keys}",
                sentence,
                StringComparison.Ordinal
            );
        }
        other.Remove("net");
        string none = folder.Refused(SavedTraining.Of(other));
        Assert.Contains("no state dict is in it: 'epoch' is a text, 'config' is", none, StringComparison.Ordinal);
        Assert.Contains("expected tensors by name", none, StringComparison.Ordinal);
    }

    private DetectorFile Read(Dictionary<string, object> root) =>
        DetectorFile.Read(folder.Write(SavedTraining.Of(root)));

    // The marked one of two detectors has a bias of its own.
    private static Dictionary<string, StoredTensor> Marked(bool isMarked)
    {
        Dictionary<string, StoredTensor> tensors = new(detector);
        if (isMarked)
        {
            StoredTensor bias = tensors["rpn.head.cls_logits.bias"];
            tensors["rpn.head.cls_logits.bias"] = bias with { Data = PthBytes.Floats((int)bias.Shape[0]) };
        }
        return tensors;
    }

    private static bool IsMarked(DetectorFile file) =>
        file.Foreign!.Tensors["rpn.objectness.bias"].Data.Span.SequenceEqual(PthBytes.Floats(3));

    private static Dictionary<string, StoredTensor> Prefixed(
        string prefix,
        IReadOnlyDictionary<string, StoredTensor> tensors
    ) => tensors.ToDictionary(pair => prefix + pair.Key, pair => pair.Value);

    private static Dictionary<string, StoredTensor> Backbone() =>
        detector
            .Where(pair => pair.Key.StartsWith("backbone.body.", StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key["backbone.body.".Length..], pair => pair.Value);

    private static ClassName[] Named(int count) =>
        [.. Enumerable.Range(1, count).Select(id => new ClassName(id, $"c{id}"))];
}
