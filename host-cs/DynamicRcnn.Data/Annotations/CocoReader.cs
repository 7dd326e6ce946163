using System.Text.Json;

namespace DynamicRcnn.Data;

/// <summary>Reads COCO "instances" JSON. Wrong structure stops with a sentence; single bad items become findings.</summary>
public static class CocoReader
{
    /// <param name="file">The annotation file.</param>
    /// <param name="imageFolder">Where its <c>file_name</c>s start.</param>
    /// <param name="split">The name of the split, for people.</param>
    /// <exception cref="DataException">The file is not COCO instances JSON.</exception>
    public static Dataset Read(string file, string imageFolder, string split)
    {
        using JsonDocument document = JsonField.Parse(file);
        JsonField root = new(file, "", document.RootElement);
        List<Finding> findings = [];
        List<ClassName> classes = ReadClasses(root.Require("categories"), findings);
        List<ImageRecord> images = ReadImages(root.Require("images"), imageFolder, findings);
        Dictionary<long, BoxCollector> boxes = ReadBoxes(root.Require("annotations"), classes, images, findings);
        TurnedImages turned = new();
        ImageRecord[] upright =
        [
            .. images
                .Zip(InOrder.Map(images, image => ImageFiles.ReadTurnedHeader(image.Path)))
                .Select(pair => Upright(pair.First, boxes.GetValueOrDefault(pair.First.Id), pair.Second, turned)),
        ];
        return new Dataset(Path.GetFileName(file), split, classes, upright, [.. findings, .. turned.Findings()])
        {
            TurnedImages = turned.Count,
        };
    }

    /// <summary>The image with its boxes, both upright. A stated size that fits neither picture stays, for decoding to refuse.</summary>
    private static ImageRecord Upright(
        ImageRecord image,
        BoxCollector? boxes,
        ImageHeader? turnedHeader,
        TurnedImages turned
    )
    {
        ImageSize stated = new(image.Width, image.Height);
        Orientation turn = turnedHeader is { } header
            ? turned.FrameOf(image.Path, header, stated).Turn
            : Orientation.Upright;
        BoxFrame frame = new(stated, turn);
        (int width, int height) = frame.UprightSize;
        return image with { Width = width, Height = height, Boxes = frame.OnUpright(boxes?.Boxes ?? []) };
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
                    Found(FindingKind.DuplicateId, category, $"category id {name.Id} again; '{name.Name}' is left out")
                );
            }
        }
        return classes.Count > 0 ? classes : throw categories.Wrong("at least one category");
    }

    private static List<ImageRecord> ReadImages(JsonField list, string folder, List<Finding> findings)
    {
        List<ImageRecord> images = [];
        HashSet<long> seen = [];
        string root = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        foreach (JsonField image in list.Items())
        {
            long id = image.Require("id").Integer();
            string name = image.Require("file_name").Text();
            int width = Side(image.Require("width"));
            int height = Side(image.Require("height"));
            // No file's name holds the character 0, which GetFullPath refuses.
            string path = name.Contains('\0', StringComparison.Ordinal)
                ? ""
                : Path.GetFullPath(Path.Combine(folder, name));
            if (!path.StartsWith(root, StringComparison.Ordinal))
            {
                findings.Add(
                    Found(
                        FindingKind.NameOutsideFolder,
                        image,
                        $"file_name '{name}' leads out of {folder}; the image is left out"
                    )
                );
            }
            else if (!seen.Add(id))
            {
                findings.Add(Found(FindingKind.DuplicateId, image, $"image id {id} again; '{name}' is left out"));
            }
            else if (!File.Exists(path))
            {
                findings.Add(Found(FindingKind.MissingImage, image, $"{path} does not exist; the image is left out"));
            }
            else
            {
                images.Add(new ImageRecord(id, path, name, width, height, []));
            }
        }
        return images;
    }

    private static int Side(JsonField field)
    {
        long side = field.Integer();
        return side is > 0 and <= 1_000_000 ? (int)side : throw field.Wrong("a side between 1 and 1000000 pixels");
    }

    private static Dictionary<long, BoxCollector> ReadBoxes(
        JsonField annotations,
        List<ClassName> classes,
        List<ImageRecord> images,
        List<Finding> findings
    )
    {
        Dictionary<long, int> labels = classes.Select((name, label) => (name.Id, label)).ToDictionary();
        Dictionary<long, ImageRecord> byId = images.ToDictionary(image => image.Id);
        HashSet<long> leftOut = [];
        HashSet<long> ids = [];
        Dictionary<long, BoxCollector> boxes = [];
        foreach (JsonField annotation in annotations.Items())
        {
            JsonField box = annotation.Require("bbox");
            double[] corners = box.Numbers(4);
            long image = annotation.Require("image_id").Integer();
            long category = annotation.Require("category_id").Integer();
            long id = annotation.TryGet("id", out JsonField given) ? given.Integer() : ids.Count + 1;
            bool crowd = annotation.TryGet("iscrowd", out JsonField flag) && flag.Integer() != 0;
            double area = annotation.TryGet("area", out JsonField stated) ? stated.Number() : corners[2] * corners[3];
            if (!byId.TryGetValue(image, out ImageRecord? record))
            {
                if (leftOut.Add(image))
                {
                    findings.Add(
                        Found(
                            FindingKind.UnknownImage,
                            annotation,
                            $"image_id {image} is no usable image; its boxes are left out"
                        )
                    );
                }
            }
            else if (!labels.TryGetValue(category, out int label))
            {
                findings.Add(
                    Found(
                        FindingKind.UnknownCategory,
                        annotation,
                        $"category_id {category} is not in categories; the box is left out"
                    )
                );
            }
            else if (!ids.Add(id))
            {
                findings.Add(
                    Found(FindingKind.DuplicateId, annotation, $"annotation id {id} again; the box is left out")
                );
            }
            else
            {
                if (!boxes.TryGetValue(image, out BoxCollector? own))
                {
                    boxes[image] = own = new BoxCollector(box.File, record.Width, record.Height, findings);
                }
                BoxCorners place = new(corners[0], corners[1], corners[0] + corners[2], corners[1] + corners[3]);
                own.Add(box.Path, $"[{string.Join(", ", corners)}]", place, label, crowd, area, id);
            }
        }
        return boxes;
    }

    private static Finding Found(FindingKind kind, JsonField field, string text) =>
        new(kind, field.File, $"{field.Path}: {text}.");
}
