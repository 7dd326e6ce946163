namespace DynamicRcnn.Data;

/// <summary>Writes YOLO: single objects alone, since a label file has a mark for nothing else.</summary>
internal sealed class YoloLayoutWriter(string folder, IReadOnlyList<ClassName> classes, WritingNotes notes)
    : LayoutWriter(folder, classes, notes)
{
    private const string Images = "images";

    internal override string ImageFolder(string split) => InSplit(Images, split);

    internal override void Write(string split, IReadOnlyList<PlacedImage> images)
    {
        string labels = Directory.CreateDirectory(Path.Combine(Folder, InSplit("labels", split))).FullName;
        foreach (PlacedImage image in images)
        {
            ILookup<bool, GroundTruthBox> boxes = image.Image.Boxes.ToLookup(box => box.Crowd);
            int difficult = boxes[true].Count(box => box.Difficult);
            Notes.Count("difficult objects left out, which YOLO has no mark for", difficult);
            Notes.Count("crowd regions left out, which YOLO has no mark for", boxes[true].Count() - difficult);
            File.WriteAllText(
                Path.Combine(labels, $"{image.Stem}.txt"),
                YoloWriter.Labels(WithoutAreas([.. boxes[false]]), image.Size)
            );
        }
    }

    internal override void Finish(IReadOnlyList<string> splits) =>
        File.WriteAllText(
            Path.Combine(Folder, "data.yaml"),
            // Splits of other names, and a data set without any, are found by their folders.
            YoloWriter.DataFile(
                Names,
                splits.Where(DatasetLayout.IsSplit).Select(split => (split, $"{Images}/{split}"))
            )
        );
}
