using System.Text.Json;

namespace DynamicRcnn.Data;

/// <summary>Writes COCO, whose flags, areas and ids are those that were read. A difficult object is a crowd with a mark that <see cref="CocoReader"/> knows.</summary>
internal sealed class CocoLayoutWriter(string folder, IReadOnlyList<ClassName> classes, WritingNotes notes)
    : LayoutWriter(folder, classes, notes)
{
    private const string Annotations = "annotations";

    internal override string ImageFolder(string split) => InSplit("images", split);

    internal override void Write(string split, IReadOnlyList<PlacedImage> images)
    {
        Directory.CreateDirectory(Path.Combine(Folder, Annotations));
        string name = split == DatasetLayout.Whole ? "default" : split;
        using FileStream file = File.Create(Path.Combine(Folder, Annotations, $"instances_{name}.json"));
        using Utf8JsonWriter json = new(file);
        json.WriteStartObject();
        json.WriteStartArray("images");
        foreach (PlacedImage image in images)
        {
            CocoWriter.Image(json, image.Image.Id, image.File, image.Size);
        }
        json.WriteEndArray();
        json.WriteStartArray("annotations");
        foreach (PlacedImage image in images)
        {
            foreach (GroundTruthBox box in image.Image.Boxes)
            {
                CocoWriter.Annotation(json, image.Image.Id, box, Classes[box.Label].Id);
            }
            json.Flush(); // what is written so far goes to the disk
        }
        json.WriteEndArray();
        CocoWriter.Categories(json, Classes);
        json.WriteEndObject();
        Notes.Count(
            "difficult objects, which COCO has no mark for, that are now crowds with \"difficult\": 1",
            images.Sum(image => image.Image.Boxes.Count(box => box.Difficult))
        );
    }

    internal override void Finish(IReadOnlyList<string> splits) { }
}
