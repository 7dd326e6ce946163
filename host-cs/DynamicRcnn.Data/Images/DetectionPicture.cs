using System.Globalization;

namespace DynamicRcnn.Data;

/// <summary>Pictures of detections: a coloured box and a label bar for each, the most certain ones on top. No bar covers another while there is room.</summary>
public static class DetectionPicture
{
    private const int SmallSide = 400;
    private const int LargeSide = 1200;

    /// <summary>Draws detections on a copy of a picture.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="boxes">[D, 4] xyxy in the picture's pixels; a box that is not finite is left out.</param>
    /// <param name="labels">[D] contiguous labels.</param>
    /// <param name="scores">[D], or empty for ground truth, which has none.</param>
    /// <param name="names">Class names by label; a label without a name shows its number.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public static RgbImage Draw(
        RgbImage image,
        ReadOnlySpan<float> boxes,
        ReadOnlySpan<int> labels,
        ReadOnlySpan<float> scores,
        IReadOnlyList<string> names
    )
    {
        if (boxes.Length != 4 * labels.Length || (scores.Length != labels.Length && scores.Length != 0))
        {
            throw new ArgumentException(
                $"{labels.Length} labels need {4 * labels.Length} box numbers and as many scores or none, "
                    + $"got {boxes.Length} and {scores.Length}."
            );
        }
        int shortSide = Math.Min(image.Width, image.Height);
        int scale =
            shortSide < SmallSide ? 1
            : shortSide < LargeSide ? 2
            : 3;
        Canvas canvas = new(image);
        List<Label> drawn = [];
        foreach (int i in LeastCertainFirst(labels.Length, scores))
        {
            string name = labels[i] >= 0 && labels[i] < names.Count ? names[labels[i]] : $"class {labels[i]}";
            string text =
                scores.Length == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name} {scores[i]:F2}");
            if (Edges(boxes.Slice(4 * i, 4), image) is { } box)
            {
                drawn.Add(new Label(box, ClassPalette.ColorOf(labels[i]), text));
            }
        }
        foreach (Label label in drawn)
        {
            (int left, int top, int right, int bottom) = label.Box;
            canvas.DrawRectangle(left, top, right, bottom, label.Color, scale);
        }
        DrawBars(canvas, [.. drawn], new LabelPlaces(image.Width, image.Height), scale);
        return canvas.ToImage();
    }

    private static int[] LeastCertainFirst(int count, ReadOnlySpan<float> scores)
    {
        int[] order = new int[count];
        for (int i = 0; i < count; i++)
        {
            order[i] = i;
        }
        if (scores.Length != 0)
        {
            Array.Sort(scores.ToArray(), order);
        }
        return order;
    }

    /// <summary>The most certain ones have the first choice of a place, and lie on top where there is no room.</summary>
    private static void DrawBars(Canvas canvas, Label[] labels, LabelPlaces places, int scale)
    {
        int height = Canvas.TextHeight(scale) + (2 * scale);
        int[] widths = [.. labels.Select(label => Canvas.TextWidth(label.Text, scale) + (4 * scale))];
        (int Left, int Top)[] chosen = new (int, int)[labels.Length];
        for (int i = labels.Length - 1; i >= 0; i--)
        {
            chosen[i] = places.Take(labels[i].Box, widths[i], height);
        }
        for (int i = 0; i < labels.Length; i++)
        {
            (int left, int top) = chosen[i];
            canvas.FillRectangle(left, top, left + widths[i], top + height, labels[i].Color);
            canvas.DrawText(
                left + (2 * scale),
                top + scale,
                labels[i].Text,
                ClassPalette.TextColorOn(labels[i].Color),
                scale
            );
        }
    }

    private static (int Left, int Top, int Right, int Bottom)? Edges(ReadOnlySpan<float> box, RgbImage image)
    {
        foreach (float coordinate in box)
        {
            if (!float.IsFinite(coordinate))
            {
                return null;
            }
        }
        int left = Pixel(box[0], image.Width - 1);
        int top = Pixel(box[1], image.Height - 1);
        int right = Math.Max(Pixel(box[2], image.Width), left + 1);
        return (left, top, right, Math.Max(Pixel(box[3], image.Height), top + 1));
    }

    private static int Pixel(float coordinate, int most) => (int)Math.Clamp(MathF.Round(coordinate), 0, most);

    private sealed record Label((int Left, int Top, int Right, int Bottom) Box, RgbColor Color, string Text);
}
