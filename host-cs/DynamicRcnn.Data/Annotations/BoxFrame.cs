namespace DynamicRcnn.Data;

/// <summary>The picture that a file's boxes are given on.</summary>
/// <param name="Size">Its size, by which boxes are clipped.</param>
/// <param name="Turn">From there to the upright picture.</param>
internal readonly record struct BoxFrame(ImageSize Size, Orientation Turn)
{
    /// <summary>The upright picture itself.</summary>
    internal static BoxFrame Upright(ImageSize size) => new(size, Orientation.Upright);

    /// <summary>The size of the upright picture.</summary>
    internal ImageSize UprightSize => Turn.Turn(Size);

    /// <summary>The boxes on the upright picture.</summary>
    internal IReadOnlyList<GroundTruthBox> OnUpright(IReadOnlyList<GroundTruthBox> boxes)
    {
        if (Turn == Orientation.Upright)
        {
            return boxes;
        }
        (ImageSize size, Orientation turn) = this;
        return [.. boxes.Select(box => turn.Turn(box, size))];
    }
}
