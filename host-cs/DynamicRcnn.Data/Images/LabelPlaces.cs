namespace DynamicRcnn.Data;

/// <summary>Finds places for the labels of boxes, so that none covers another as long as there is room.</summary>
/// <param name="width">Of the picture.</param>
/// <param name="height">Of the picture.</param>
internal sealed class LabelPlaces(int width, int height)
{
    private readonly List<(int Left, int Top, int Right, int Bottom)> taken = [];

    /// <summary>Takes the first free place: above the box, in it, below it, then further and further down and up.</summary>
    /// <param name="box">Edges of the box, right and bottom exclusive.</param>
    /// <param name="labelWidth">Pixels.</param>
    /// <param name="labelHeight">Pixels.</param>
    internal (int Left, int Top) Take((int Left, int Top, int Right, int Bottom) box, int labelWidth, int labelHeight)
    {
        (int Left, int Top)[] places = [.. Candidates(box, labelWidth, labelHeight)];
        (int left, int top) = places.FirstOrDefault(place => IsFree(place, labelWidth, labelHeight), places[0]);
        taken.Add((left, top, left + labelWidth, top + labelHeight));
        return (left, top);
    }

    private IEnumerable<(int Left, int Top)> Candidates(
        (int Left, int Top, int Right, int Bottom) box,
        int labelWidth,
        int labelHeight
    )
    {
        int most = Math.Max(width - labelWidth, 0);
        int left = Math.Min(box.Left, most);
        int right = Math.Clamp(box.Right - labelWidth, 0, most);
        int first = box.Top >= labelHeight ? box.Top - labelHeight : box.Top;
        int lowest = Math.Max(height - labelHeight, first);
        yield return (left, first);
        yield return (right, first);
        foreach (int top in Rows())
        {
            yield return (left, top);
            yield return (right, top);
        }

        IEnumerable<int> Rows()
        {
            for (int step = 1; step * labelHeight <= height; step++)
            {
                if (first + (step * labelHeight) is var below && below <= lowest)
                {
                    yield return below;
                }
                if (first - (step * labelHeight) is var above and >= 0)
                {
                    yield return above;
                }
            }
        }
    }

    private bool IsFree((int Left, int Top) place, int labelWidth, int labelHeight) =>
        taken.TrueForAll(other =>
            place.Left >= other.Right
            || place.Left + labelWidth <= other.Left
            || place.Top >= other.Bottom
            || place.Top + labelHeight <= other.Top
        );
}
