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
            // A crowd that says so is Pascal VOC's difficult object, as data convert writes it.
            bool difficult = crowd && annotation.TryGet("difficult", out JsonField mark) && mark.IsOne;
            double? area = Area(annotation, box, areas);
            long place = ids.Add(annotation);
            ImageRecord? record = byId.GetValueOrDefault(image);
            int label = labels.GetValueOrDefault(category, -1);
            if (record is null || label < 0 || box.Corners is not { } corners)
            {
                if (record is not null || leftOut.Add(image))
                {
                    findings.Add(Unusable(annotation, box, record is null ? image : null, label < 0 ? category : null));
                }
            }
            else
            {
                if (box.IsOfPolygon)
                {
                    string text = $"{box.Quote}; the rectangle around its polygon is taken";
                    polygons.Add(annotation.File, annotation.Place, text);
                }
                if (!boxes.TryGetValue(image, out BoxCollector? own))
                {
                    boxes[image] = own = new BoxCollector(annotation.File, record.Width, record.Height, findings);
                }
                double size = area ?? (corners.X2 - corners.X1) * (corners.Y2 - corners.Y1);
                BoxWords words = () => ($"{annotation.Path}.bbox", box.Quote);
                own.Add(words, corners, label, crowd, size, place, difficult);
            }
        }
        findings.AddRange([.. polygons.Findings, .. areas.Findings, .. ids.Findings]);
        if (ids.Kept() is { } kept)
        {
            foreach (BoxCollector own in boxes.Values)
            {
                own.Renumber(place => kept[(int)place - 1]);
            }
        }
        return boxes;
    }

    /// <summary>Why an annotation is left out: for its image, else its category, else its box.</summary>
    private static Finding Unusable(JsonField annotation, CocoBox box, long? image, long? category)
    {
        (FindingKind kind, string text) =
            image is not null
                ? (FindingKind.UnknownImage, $"image_id {image} is no usable image; its boxes are left out")
            : category is not null
                ? (FindingKind.UnknownCategory, $"category_id {category} is not in categories; the box is left out")
            : (
                FindingKind.MissingBox,
                $"{box.Quote}, and there is no polygon of x and y in turns; expected one of them; the box is left out"
            );
        return annotation.Found(kind, text);
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
