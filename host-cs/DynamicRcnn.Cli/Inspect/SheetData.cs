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
    public static string Json(string name, IReadOnlyList<InspectedSplit> splits, int imagesOfSplit)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteStartArray("splits");
            foreach (InspectedSplit split in splits)
            {
                WriteSplit(json, split, SheetChoice.Of(split, imagesOfSplit));
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static void WriteSplit(Utf8JsonWriter json, InspectedSplit split, IReadOnlyList<ImageRecord> shown)
    {
        Dataset dataset = split.Dataset;
        json.WriteStartObject();
        json.WriteString("split", dataset.Split);
        json.WriteNumber("images", dataset.Images.Count);
        json.WriteNumber("withoutBoxes", dataset.Images.Count(image => image.Boxes.All(box => box.Crowd)));
        json.WriteStartArray("classes");
        for (int label = 0; label < dataset.Classes.Count; label++)
        {
            WriteClass(json, dataset, label);
        }
        json.WriteEndArray();
        json.WriteStartArray("findings");
        foreach (Finding finding in split.Findings)
        {
            json.WriteStartObject();
            json.WriteString("kind", FindingReport.Words(finding.Kind));
            json.WriteString("message", finding.Message);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        ILookup<string, Finding> byFile = split.Findings.ToLookup(finding => finding.File);
        json.WriteStartArray("shown");
        foreach (
            (ImageRecord image, string? picture) in shown
                .AsParallel()
                .AsOrdered()
                .Select(image => (image, Picture(image)))
        )
        {
            WriteImage(json, image, picture, byFile[image.Path].Count());
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteClass(Utf8JsonWriter json, Dataset dataset, int label)
    {
        GroundTruthBox[] boxes =
        [
            .. dataset.Images.SelectMany(image => image.Boxes).Where(box => box.Label == label && !box.Crowd),
        ];
        RgbColor color = ClassPalette.ColorOf(label);
        json.WriteStartObject();
        json.WriteString("name", dataset.Classes[label].Name);
        json.WriteNumber("id", dataset.Classes[label].Id);
        json.WriteString("color", $"#{color.Red:x2}{color.Green:x2}{color.Blue:x2}");
        json.WriteNumber("boxes", boxes.Length);
        json.WriteNumber(
            "images",
            dataset.Images.Count(image => image.Boxes.Any(box => box.Label == label && !box.Crowd))
        );
        json.WriteNumber("small", boxes.Count(BoxSizes.IsSmall));
        json.WriteNumber("large", boxes.Count(BoxSizes.IsLarge));
        json.WriteEndObject();
    }

    private static void WriteImage(Utf8JsonWriter json, ImageRecord image, string? picture, int findings)
    {
        json.WriteStartObject();
        json.WriteString("file", image.FileName);
        json.WriteNumber("width", image.Width);
        json.WriteNumber("height", image.Height);
        json.WriteNumber("findings", findings);
        json.WriteString("picture", picture);
        json.WriteStartArray("boxes");
        foreach (GroundTruthBox box in image.Boxes)
        {
            json.WriteStartArray();
            foreach (float corner in (ReadOnlySpan<float>)[box.X1, box.Y1, box.X2, box.Y2])
            {
                json.WriteNumberValue(Math.Round(corner, 1));
            }
            json.WriteNumberValue(box.Label);
            json.WriteNumberValue(box.Crowd ? 1 : 0);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // An image that cannot be shown has its finding; the page shows its boxes on an empty ground.
    private static string? Picture(ImageRecord image)
    {
        try
        {
            RgbImage small = Thumbnail.Of(image.Decode(), LongSide);
            return $"data:image/jpeg;base64,{Convert.ToBase64String(ImageCodec.EncodeJpeg(small, Quality))}";
        }
        catch (ImageException)
        {
            return null;
        }
    }
}
