namespace DynamicRcnn.Data;

/// <summary>A box that is to be written: in the pixels of its picture, x2 and y2 exclusive.</summary>
/// <param name="X1">Left.</param>
/// <param name="Y1">Top.</param>
/// <param name="X2">Right.</param>
/// <param name="Y2">Bottom.</param>
/// <param name="Label">Place of its class.</param>
/// <param name="Score">Confidence, 0 to 1.</param>
internal readonly record struct LabelledBox(float X1, float Y1, float X2, float Y2, int Label, float Score)
{
    /// <summary>Pascal VOC's mark.</summary>
    internal bool Difficult { get; init; }

    /// <summary>What readers of data sets take without a finding: the boxes clipped to their picture, those with an area there, each once.</summary>
    internal static IReadOnlyList<LabelledBox> Inside(IEnumerable<LabelledBox> boxes, ImageSize size) =>
        [
            .. boxes
                .Select(box =>
                    box with
                    {
                        X1 = Math.Max(box.X1, 0),
                        Y1 = Math.Max(box.Y1, 0),
                        X2 = Math.Min(box.X2, size.Width),
                        Y2 = Math.Min(box.Y2, size.Height),
                    }
                )
                .Where(box => box.X2 > box.X1 && box.Y2 > box.Y1)
                .DistinctBy(box => (box.X1, box.Y1, box.X2, box.Y2, box.Label)),
        ];
}
