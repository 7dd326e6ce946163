namespace DynamicRcnn.Training.Tests;

/// <summary>Which operators of an observation make the host wait for a GPU: what they do next depends on values that lie there.</summary>
internal static class HostReads
{
    private static readonly HashSet<string> waiting =
    [
        "drcnn::copy_to",
        "aten::_local_scalar_dense",
        "aten::item",
        "aten::is_nonzero",
        "aten::equal",
        "aten::allclose",
        "aten::nonzero",
        "aten::nonzero_numpy",
        "aten::argwhere",
        "aten::masked_select",
        "aten::masked_select_backward",
        "aten::masked_scatter",
        "aten::_unique",
        "aten::_unique2",
        "aten::unique_dim",
        "aten::unique_consecutive",
        "aten::unique_dim_consecutive",
        "aten::bincount",
        "aten::histc",
        "aten::multinomial",
        "aten::to_sparse",
        "aten::repeat_interleave",
        "dynamic_rcnn::nms",
        "dynamic_rcnn::batched_nms",
    ];

    /// <summary>The operators that wait, with their inputs, in order.</summary>
    public static IEnumerable<string> Among(IEnumerable<string> observed) => observed.Where(Waits);

    /// <summary>How many tensors were made from memory of the host.</summary>
    public static int Uploads(IEnumerable<string> observed) =>
        observed.Count(line => line.StartsWith("drcnn::from_memory", StringComparison.Ordinal));

    private static bool Waits(string line)
    {
        string[] parts = line.Split('\t');
        return waiting.Contains(parts[0]) || (IsIndexing(parts[0]) && parts.Skip(1).Any(IsMask));
    }

    // Indexing with a mask asks for the number of its true elements.
    private static bool IsIndexing(string name) => name is "aten::index" or "aten::index_put" or "aten::index_put_";

    private static bool IsMask(string input) => input.Contains("Bool[", StringComparison.Ordinal);
}
