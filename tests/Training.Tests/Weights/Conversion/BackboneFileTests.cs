using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights.Conversion;

public sealed class BackboneFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-backbone-").FullName;

    private string Out => Path.Combine(folder, "out.pth");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("backbone.body.")]
    public void A_backbone_keeps_its_bits_its_classifier_and_its_counters(string prefix)
    {
        (TensorFile file, Dictionary<string, StoredTensor> plain) = Backbone(prefix);
        BackboneFile backbone = BackboneFile.TryOf("f", file)!;
        Assert.True(backbone.Inventory.IsWhole, string.Join('\n', backbone.Inventory.Lines()));
        Assert.Equal(prefix, backbone.Prefix);
        Assert.Equal(265, backbone.Inventory.Found.Count);
        Assert.Equal(plain.Count, backbone.Write(Out));
        TensorFile back = WeightFile.Read(Out);
        Assert.Equal(plain.Keys, back.Tensors.Keys);
        Assert.All(plain, pair => Assert.Equal(pair.Value.Data.ToArray(), back.Tensors[pair.Key].Data.ToArray()));
    }

    [Fact]
    public void What_a_backbone_lacks_or_has_no_place_for_is_listed()
    {
        (TensorFile file, Dictionary<string, StoredTensor> plain) = Backbone("");
        plain.Remove("layer4.2.conv3.weight");
        plain.Add("neck.weight", plain["bn1.weight"]);
        BackboneFile backbone = BackboneFile.TryOf("f", file with { Tensors = plain })!;
        Assert.Equal(["layer4.2.conv3.weight"], backbone.Inventory.Missing);
        Assert.Equal(["neck.weight"], backbone.Inventory.Unknown);
        backbone.Write(Out);
        Assert.DoesNotContain("neck.weight", WeightFile.Read(Out).Tensors.Keys);
    }

    [Fact]
    public void Other_tensors_are_no_backbone()
    {
        (TensorFile file, Dictionary<string, StoredTensor> plain) = Backbone("");
        Dictionary<string, StoredTensor> other = new() { ["encoder.weight"] = plain["bn1.weight"] };
        Assert.Null(BackboneFile.TryOf("f", file with { Tensors = other }));
    }

    // The backbone of a narrow detector in MMDetection's names, which counts its batches, with a classifier.
    private static (TensorFile File, Dictionary<string, StoredTensor> Plain) Backbone(string prefix)
    {
        const string Own = "backbone.";
        TensorFile whole = ForeignKeys.FileOf("mmdet", new ForeignKeys(50, narrower: 16, classCount: 2)).File;
        Dictionary<string, StoredTensor> plain = whole
            .Tensors.Where(pair => pair.Key.StartsWith(Own, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[Own.Length..], pair => pair.Value);
        plain.Add("fc.bias", plain["bn1.bias"]);
        return (whole with { Tensors = plain.ToDictionary(pair => prefix + pair.Key, pair => pair.Value) }, plain);
    }
}
