namespace DynamicRcnn.Data;

/// <summary>Reads COCO "instances" JSON. Wrong structure stops with a sentence; single bad items become findings.</summary>
public static class CocoReader
{
    /// <param name="file">The annotation file.</param>
    /// <param name="imageFolder">Where its <c>file_name</c>s start.</param>
    /// <param name="split">The name of the split, for people.</param>
    /// <exception cref="DataException">The file is not COCO instances JSON.</exception>
    public static Dataset Read(string file, string imageFolder, string split) =>
        Read(file, new CocoPictures(imageFolder, [imageFolder]), split);

    /// <param name="file">The annotation file.</param>
    /// <param name="pictures">Where its images may lie.</param>
    /// <param name="split">The name of the split, for people.</param>
    internal static Dataset Read(string file, CocoPictures pictures, string split)
    {
        CocoDocument document = CocoDocument.Read(file);
        List<Finding> findings = [];
        List<ClassName> classes = ReadClasses(document.Require("categories"), findings);
        List<CocoImage> images = CocoImages.Read(document.Items("images"), pictures, findings);
        List<ImageRecord> records = [.. images.Select(image => image.Record)];
        Dictionary<long, BoxCollector> boxes = CocoBoxes.Read(document, classes, records, findings);
        TurnedImages turned = new();
        ImageRecord[] upright =
        [
            .. images.Select(image => Upright(image, boxes.GetValueOrDefault(image.Record.Id), turned)),
        ];
        findings.AddRange(
            ImageFiles.NoPictures(ImageFiles.StrangersBeside([.. records.Select(record => record.Path)]))
        );
        return new Dataset(Path.GetFileName(file), split, classes, upright, [.. findings, .. turned.Findings])
        {
            TurnedImages = turned.Count,
        };
    }

    /// <summary>The image with its boxes, both upright.</summary>
    private static ImageRecord Upright(CocoImage image, BoxCollector? boxes, TurnedImages turned)
    {
        BoxFrame frame = turned.FrameOf(image.Record.Path, image.Header, image.Stated);
        (int width, int height) = frame.UprightSize;
        return image.Record with { Width = width, Height = height, Boxes = frame.OnUpright(boxes?.Boxes ?? []) };
    }

    private static List<ClassName> ReadClasses(JsonField categories, List<Finding> findings)
    {
        List<ClassName> classes = [];
        HashSet<long> seen = [];
        foreach (JsonField category in categories.Items())
        {
            ClassName name = new(category.Require("id").Integer(), category.Require("name").Text());
            if (seen.Add(name.Id))
            {
                classes.Add(name);
            }
            else
            {
                findings.Add(
                    category.Found(FindingKind.DuplicateId, $"category id {name.Id} again; '{name.Name}' is left out")
                );
            }
        }
        return classes.Count > 0 ? classes : throw categories.Wrong("at least one category");
    }
}
