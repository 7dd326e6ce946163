using System.Globalization;

namespace DynamicRcnn.Data;

/// <summary>Pictures of detections: a coloured box and a label bar for each, the most certain ones on top.</summary>
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
        foreach (int i in LeastCertainFirst(labels.Length, scores))
        {
            string name = labels[i] >= 0 && labels[i] < names.Count ? names[labels[i]] : $"class {labels[i]}";
            string text =
                scores.Length == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name} {scores[i]:F2}");
            DrawOne(canvas, image, boxes.Slice(4 * i, 4), ClassPalette.ColorOf(labels[i]), text, scale);
        }
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

    private static void DrawOne(
        Canvas canvas,
        RgbImage image,
        ReadOnlySpan<float> box,
        RgbColor color,
        string text,
        int scale
    )
    {
        foreach (float coordinate in box)
        {
            if (!float.IsFinite(coordinate))
            {
                return;
            }
        }
        int left = Pixel(box[0], image.Width - 1);
        int top = Pixel(box[1], image.Height - 1);
        int right = Math.Max(Pixel(box[2], image.Width), left + 1);
        int bottom = Math.Max(Pixel(box[3], image.Height), top + 1);
        canvas.DrawRectangle(left, top, right, bottom, color, scale);

        int barWidth = Canvas.TextWidth(text, scale) + (4 * scale);
        int barHeight = Canvas.TextHeight(scale) + (2 * scale);
        int barLeft = Math.Max(Math.Min(left, image.Width - barWidth), 0);
        int barTop = top >= barHeight ? top - barHeight : top;
        canvas.FillRectangle(barLeft, barTop, barLeft + barWidth, barTop + barHeight, color);
        canvas.DrawText(barLeft + (2 * scale), barTop + scale, text, ClassPalette.TextColorOn(color), scale);
    }

    private static int Pixel(float coordinate, int most) => (int)Math.Clamp(MathF.Round(coordinate), 0, most);
}
