using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>Reads the annotations of a COCO file.</summary>
internal static class CocoBoxes
{
    private const string Annotations = "annotations";

    /// <returns>The boxes of each image, by its id.</returns>
    /// <param name="document">The file.</param>
    /// <param name="classes">In label order.</param>
    /// <param name="images">Those that can be used.</param>
    /// <param name="findings">Takes what is wrong.</param>
    internal static Dictionary<long, BoxCollector> Read(
        CocoDocument document,
        List<ClassName> classes,
        List<ImageRecord> images,
        List<Finding> findings
    )
    {
        Dictionary<long, int> labels = classes.Select((name, label) => (name.Id, label)).ToDictionary();
        Dictionary<long, ImageRecord> byId = images.ToDictionary(image => image.Id);
        CocoIds ids = new();
        HashSet<long> leftOut = [];
        Dictionary<long, BoxCollector> boxes = [];
        FindingTally polygons = new(FindingKind.BoxFromPolygon);
        FindingTally areas = new(FindingKind.OddValue);
        foreach (JsonField annotation in document.Items(Annotations))
        {
            CocoBox box = CocoBox.Read(annotation);
            long image = annotation.Require("image_id").Integer();
            long category = annotation.Require("category_id").Integer();
            bool crowd = annotation.TryGet("iscrowd", out JsonField flag) && flag.Flag();
            double? area = Area(annotation, box, areas);
            long place = ids.Add(annotation);
            if (!byId.TryGetValue(image, out ImageRecord? record))
            {
                if (leftOut.Add(image))
                {
                    string text = $"image_id {image} is no usable image; its boxes are left out";
                    findings.Add(annotation.Found(FindingKind.UnknownImage, text));
                }
            }
            else if (!labels.TryGetValue(category, out int label))
            {
                string text = $"category_id {category} is not in categories; the box is left out";
                findings.Add(annotation.Found(FindingKind.UnknownCategory, text));
            }
            else if (box.Corners is not { } corners)
            {
                string text =
                    $"{box.Quote}, and there is no polygon of x and y in turns; expected one of them; the box is left out";
                findings.Add(annotation.Found(FindingKind.MissingBox, text));
            }
            else
            {
                if (box.IsOfPolygon)
                {
                    polygons.Add(
                        annotation.File,
                        annotation.Place,
                        $"{box.Quote}; the rectangle around its polygon is taken"
                    );
                }
                if (!boxes.TryGetValue(image, out BoxCollector? own))
                {
                    boxes[image] = own = new BoxCollector(annotation.File, record.Width, record.Height, findings);
                }
                double size = area ?? (corners.X2 - corners.X1) * (corners.Y2 - corners.Y1);
                BoxWords words = () => ($"{annotation.Path}.bbox", box.Quote);
                own.Add(words, corners, label, crowd, size, place);
            }
        }
        findings.AddRange([.. polygons.Findings, .. areas.Findings]);
        findings.AddRange(ids.Findings);
        if (ids.Kept() is { } kept)
        {
            foreach (BoxCollector own in boxes.Values)
            {
                own.Renumber(place => kept[(int)place - 1]);
            }
        }
        return boxes;
    }

    /// <summary>The stated area, which may be that of a mask; null where there is none, or one that no object can have.</summary>
    private static double? Area(JsonField annotation, CocoBox box, FindingTally odd)
    {
        if (!annotation.TryGet("area", out JsonField stated))
        {
            return null;
        }
        double area = stated.Finite();
        bool isKept = CocoArea.IsOne(area);
        // A mask fills its box at most, but for the pixels that its outline cuts.
        if (!isKept || (box.Corners is { } c && area > (c.X2 - c.X1 + 2) * (c.Y2 - c.Y1 + 2)))
        {
            string done = isKept ? $"more than its box {box.Quote} holds; it is kept" : "that of the box is taken";
            odd.Add(annotation.File, $"{annotation.Place}.area", $"the area is {area}, {done}");
        }
        return isKept ? area : null;
    }
}
