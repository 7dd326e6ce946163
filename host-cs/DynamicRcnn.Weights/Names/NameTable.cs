namespace DynamicRcnn.Weights;

/// <summary>The beginning of a tensor's name here, and of the same tensor's name in another program.</summary>
public sealed record NameRow(string Ours, string Theirs);

/// <summary>How another program names the tensors of a whole detector, and in which order it keeps the rows of its classes.</summary>
/// <param name="Title">What the program is called in a sentence.</param>
/// <param name="BackgroundFirst">Row 0 of its classifier is the background, and its regression has four rows for it; else it comes last and has none.</param>
/// <param name="Rows">By beginnings; the longest that fits decides. Of several rows for the same beginning here the first is written, the others are only read.</param>
/// <param name="Inner">The same for the middle of a backbone's names.</param>
/// <param name="DeformableWeight">End of the name of a deformable convolution's weight, here <c>.conv2.weight</c>.</param>
/// <param name="Beside">Parts of names of tensors that a detector of ours derives or does not need.</param>
/// <param name="Form">Where its <c>.pth</c> files keep the state dict.</param>
public sealed record NameTable(
    string Title,
    bool BackgroundFirst,
    IReadOnlyList<NameRow> Rows,
    IReadOnlyList<NameRow> Inner,
    string DeformableWeight,
    IReadOnlyList<string> Beside,
    PthForm Form
)
{
    private const string OwnDeformableWeight = ".conv2.weight";
    private const string OwnOffsetWeight = ".conv2.conv_offset.weight";

    /// <summary>The name here of a tensor there; null when the table has no row for it.</summary>
    public string? ToOurs(string theirs)
    {
        NameRow? row = Rows.Where(row => theirs.StartsWith(row.Theirs, StringComparison.Ordinal))
            .MaxBy(row => row.Theirs.Length);
        if (row is null)
        {
            return null;
        }
        string ours = row.Ours + theirs[row.Theirs.Length..];
        if (ours.EndsWith(DeformableWeight, StringComparison.Ordinal))
        {
            return ours[..^DeformableWeight.Length] + OwnDeformableWeight;
        }
        NameRow? inner = Inner.FirstOrDefault(inner => ours.Contains(inner.Theirs, StringComparison.Ordinal));
        return inner is null ? ours : ours.Replace(inner.Theirs, inner.Ours, StringComparison.Ordinal);
    }

    /// <summary>The name there of a tensor here; null when the table has no row for it.</summary>
    /// <param name="ours">The name here.</param>
    /// <param name="has">Whether the detector has a tensor of a name: a deformable convolution is told by its offsets.</param>
    public string? ToTheirs(string ours, Func<string, bool> has)
    {
        if (Rows.FirstOrDefault(row => ours.StartsWith(row.Ours, StringComparison.Ordinal)) is not { } row)
        {
            return null;
        }
        string theirs = row.Theirs + ours[row.Ours.Length..];
        if (
            ours.EndsWith(OwnDeformableWeight, StringComparison.Ordinal)
            && has(ours[..^OwnDeformableWeight.Length] + OwnOffsetWeight)
        )
        {
            return theirs[..^OwnDeformableWeight.Length] + DeformableWeight;
        }
        NameRow? inner = Inner.FirstOrDefault(inner => ours.Contains(inner.Ours, StringComparison.Ordinal));
        return inner is null ? theirs : theirs.Replace(inner.Ours, inner.Theirs, StringComparison.Ordinal);
    }

    /// <summary>Whether a tensor there has no counterpart here and needs none: a counter of batches, stored anchors.</summary>
    public bool IsBeside(string theirs) => Beside.Any(part => theirs.Contains(part, StringComparison.Ordinal));
}
