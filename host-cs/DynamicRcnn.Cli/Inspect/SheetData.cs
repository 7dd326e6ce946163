using System.Text.Json;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>What the page of a contact sheet is filled with. Its escapes make it safe inside a script element.</summary>
internal static class SheetData
{
    private const int LongSide = 320;
    private const int Quality = 80;

    /// <summary>The splits as JSON.</summary>
    /// <param name="name">What the data set is called.</param>
    /// <param name="splits">In the order of the page.</param>
    /// <param name="imagesOfSplit">At most so many pictures a split.</param>
    public static string Json(string name, IReadOnlyList<InspectedSplit> splits, int imagesOfSplit) =>
        JsonSerializer.Serialize(
            new { name, splits = splits.Select(split => OfSplit(split, SheetChoice.Of(split, imagesOfSplit))) }
        );

    private static object OfSplit(InspectedSplit split, IReadOnlyList<ImageRecord> shown)
    {
        Dataset dataset = split.Dataset;
        ILookup<string, Finding> byFile = split.Findings.ToLookup(finding => finding.File);
        return new
        {
            split = dataset.Split,
            images = dataset.Images.Count,
            withoutBoxes = dataset.Images.Count(image => image.Boxes.All(box => box.Crowd)),
            classes = dataset.Classes.Select((_, label) => OfClass(dataset, label)),
            findings = split.Findings.Select(finding => new
            {
                kind = FindingReport.Words(finding.Kind),
                message = finding.Message,
            }),
            shown = shown
                .AsParallel()
                .AsOrdered()
                .Select(image => OfImage(image, split.Picture, byFile[image.Path].Count()))
                .ToArray(),
        };
    }

    private static object OfClass(Dataset dataset, int label)
    {
        GroundTruthBox[] boxes =
        [
            .. dataset.Images.SelectMany(image => image.Boxes).Where(box => box.Label == label && !box.Crowd),
        ];
        RgbColor color = ClassPalette.ColorOf(label);
        return new
        {
            name = dataset.Classes[label].Name,
            id = dataset.Classes[label].Id,
            color = $"#{color.Red:x2}{color.Green:x2}{color.Blue:x2}",
            boxes = boxes.Length,
            images = dataset.Images.Count(image => image.Boxes.Any(box => box.Label == label && !box.Crowd)),
            small = boxes.Count(BoxSizes.IsSmall),
            large = boxes.Count(BoxSizes.IsLarge),
        };
    }

    private static object OfImage(ImageRecord image, Func<ImageRecord, RgbImage> shown, int findings) =>
        new
        {
            file = image.FileName,
            width = image.Width,
            height = image.Height,
            findings,
            picture = Picture(image, shown),
            boxes = image.Boxes.Select(box =>
                (double[])[Tenths(box.X1), Tenths(box.Y1), Tenths(box.X2), Tenths(box.Y2), box.Label, box.Crowd ? 1 : 0]
            ),
        };

    private static double Tenths(float corner) => Math.Round(corner, 1);

    // An image that cannot be shown has its finding; the page shows its boxes on an empty ground.
    private static string? Picture(ImageRecord image, Func<ImageRecord, RgbImage> shown)
    {
        try
        {
            RgbImage small = Thumbnail.Of(shown(image), LongSide);
            return $"data:image/jpeg;base64,{Convert.ToBase64String(ImageCodec.EncodeJpeg(small, Quality))}";
        }
        catch (ImageException)
        {
            return null;
        }
    }
}
