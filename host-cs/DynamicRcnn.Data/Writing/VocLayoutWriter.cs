namespace DynamicRcnn.Data;

/// <summary>Writes Pascal VOC: whole pixels; what is no single object to be found is difficult.</summary>
internal sealed class VocLayoutWriter(string folder, IReadOnlyList<ClassName> classes, WritingNotes notes)
    : LayoutWriter(folder, classes, notes)
{
    private const string Images = "JPEGImages";
    private int moved;
    private float farthest;

    internal override string ImageFolder(string split) => Images;

    internal override void Write(string split, IReadOnlyList<PlacedImage> images)
    {
        string annotations = Directory.CreateDirectory(Path.Combine(Folder, "Annotations")).FullName;
        foreach (PlacedImage image in images)
        {
            Notes.Count(
                "crowd regions, which Pascal VOC has no mark for, that are now difficult objects",
                image.Image.Boxes.Count(box => box.Crowd && !box.Difficult)
            );
            IReadOnlyList<LabelledBox> boxes = WithoutAreas(image.Image.Boxes);
            IReadOnlyList<VocBox> whole = VocWriter.Whole(boxes, image.Size);
            Notes.Count("boxes left out that whole pixels cannot tell from others", boxes.Count - whole.Count);
            foreach (LabelledBox box in boxes)
            {
                Note(VocWriter.Distance(box, image.Size));
            }
            VocWriter
                .Annotation(Images, image.File, image.Size, whole, Names)
                .Save(Path.Combine(annotations, $"{image.Stem}.xml"));
        }
        if (split != DatasetLayout.Whole)
        {
            string lists = Directory.CreateDirectory(Path.Combine(Folder, "ImageSets", "Main")).FullName;
            File.WriteAllText(
                Path.Combine(lists, $"{split}.txt"),
                string.Concat(images.Select(image => $"{image.Stem}\n"))
            );
        }
    }

    internal override void Finish(IReadOnlyList<string> splits)
    {
        File.WriteAllText(Path.Combine(Folder, "classes.txt"), string.Concat(Names.Select(name => $"{name}\n")));
        Notes.Count(
            FormattableString.Invariant($"boxes moved to whole pixels, an edge by at most {farthest:F2} pixels"),
            moved
        );
    }

    private void Note(float distance)
    {
        moved += distance > 0 ? 1 : 0;
        farthest = Math.Max(farthest, distance);
    }
}
