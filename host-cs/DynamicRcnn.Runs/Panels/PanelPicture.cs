using DynamicRcnn.Data;

namespace DynamicRcnn.Runs;

/// <summary>A panel's image with the boxes that were found in it.</summary>
internal static class PanelPicture
{
    /// <summary>The small copy with its boxes, scaled to it.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="panel">The run's.</param>
    /// <param name="place">Of the image in the panel.</param>
    /// <param name="found">In original pixels.</param>
    /// <exception cref="ImageException">The copy is missing or damaged.</exception>
    internal static RgbImage Draw(RunFolder folder, Panel panel, int place, IReadOnlyList<DetectedObject> found)
    {
        PanelImage image = panel.Images[place];
        RgbImage small = ImageCodec.ReadFile(Path.Combine(folder.PanelFolder, image.Picture));
        float x = (float)small.Width / image.Size.Width;
        float y = (float)small.Height / image.Size.Height;
        return DetectionPicture.Draw(
            small,
            [.. found.SelectMany(box => new[] { box.X1 * x, box.Y1 * y, box.X2 * x, box.Y2 * y })],
            [.. found.Select(box => box.Label)],
            [.. found.Select(box => box.Score)],
            panel.Classes
        );
    }
}
