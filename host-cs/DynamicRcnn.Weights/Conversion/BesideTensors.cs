using System.Runtime.InteropServices;
using DynamicRcnn.Core;
using DynamicRcnn.Model;

namespace DynamicRcnn.Weights;

/// <summary>Tensors that another program keeps in its files and a detector here does not need.</summary>
internal static class BesideTensors
{
    private const string Statistic = ".running_mean";
    private const int LastLevel = 6;

    /// <summary>
    /// Those of the file where it was that program's; otherwise what can be made of them: MMDetection's counters of batches at 0, the authors' stored
    /// anchors from the configuration.
    /// </summary>
    /// <param name="names">The other program.</param>
    /// <param name="source">The file.</param>
    /// <param name="config">The detector's configuration; null when it is not known.</param>
    public static IReadOnlyDictionary<string, StoredTensor> For(
        NameTable names,
        DetectorFile source,
        ModelConfig? config
    ) =>
        source.Origin == names ? source.Beside
        : names == NameTables.MMDetection || names == NameTables.MMDetection1 ? Counters(names, source)
        : names == NameTables.Official && config is not null ? Anchors(config)
        : new Dictionary<string, StoredTensor>();

    private static Dictionary<string, StoredTensor> Counters(NameTable names, DetectorFile source) =>
        source
            .Tensors.Keys.Where(name => name.EndsWith(Statistic, StringComparison.Ordinal))
            .Select(name => names.ToTheirs(name, source.Tensors.ContainsKey))
            .OfType<string>()
            .ToDictionary(
                name => name[..^Statistic.Length] + NameTables.BatchCounter,
                _ => new StoredTensor(torch.ScalarType.Int64, [], new byte[sizeof(long)])
            );

    private static Dictionary<string, StoredTensor> Anchors(ModelConfig config) =>
        Enumerable
            .Range(config.Fpn.FirstLevel, LastLevel - config.Fpn.FirstLevel + 1)
            .Select(level => AnchorShapes.At(config.Rpn, config.Conventions, 1L << level))
            .Select(anchors => new StoredTensor(
                torch.ScalarType.Float32,
                [anchors.Length / 4, 4],
                MemoryMarshal.AsBytes<float>(anchors).ToArray()
            ))
            .Select((tensor, index) => (Name: $"{NameTables.StoredAnchors}{index}", Tensor: tensor))
            .ToDictionary(entry => entry.Name, entry => entry.Tensor);
}
