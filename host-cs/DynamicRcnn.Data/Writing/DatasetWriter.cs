namespace DynamicRcnn.Data;

/// <summary>How a data set is written.</summary>
/// <param name="Format">The layout.</param>
/// <param name="Link">Pictures are links to where they lie instead of copies.</param>
internal sealed record WritingOptions(DatasetFormat Format, bool Link);

/// <summary>What was written.</summary>
/// <param name="Splits">With the images and boxes that are in them.</param>
/// <param name="LeftOut">Images that cannot be decoded to their size, and are in no split.</param>
/// <param name="Notes">What was written in another way than read, or left out, with its count.</param>
internal sealed record WrittenDataset(
    IReadOnlyList<Dataset> Splits,
    IReadOnlyList<Finding> LeftOut,
    IReadOnlyList<string> Notes
);

/// <summary>Writes data sets that the readers read without a finding.</summary>
internal static class DatasetWriter
{
    private const string Anew =
        "pictures written anew as PNG, for EXIF turns them, their JPEG ends oddly, or other tools do not know their names";

    /// <summary>Writes the splits into a folder that is there whole or not at all; every picture is decoded on the way.</summary>
    /// <param name="folder">Is not there, or empty.</param>
    /// <param name="splits">Of one data set; one of the split <see cref="DatasetLayout.Whole"/> where it has none.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Leaves nothing.</param>
    /// <exception cref="DataException">There is something in the folder, two classes have one name, or nothing is left to write.</exception>
    /// <exception cref="IOException">The disk does not take it.</exception>
    internal static WrittenDataset Write(
        string folder,
        IReadOnlyList<Dataset> splits,
        WritingOptions options,
        CancellationToken cancellation = default
    )
    {
        IReadOnlyList<Dataset> common = CommonClasses.Of(splits);
        WrittenDataset? written = null;
        WholeFolder.Write(folder, unfinished => written = Fill(unfinished, common, options, cancellation));
        return written!;
    }

    private static WrittenDataset Fill(
        string folder,
        IReadOnlyList<Dataset> splits,
        WritingOptions options,
        CancellationToken cancellation
    )
    {
        WritingNotes notes = new();
        LayoutWriter layout = LayoutWriter.Of(options.Format, folder, splits[0].Classes, notes);
        Dictionary<string, UniqueNames> names = new(StringComparer.Ordinal);
        List<Finding> leftOut = [];
        List<Dataset> written = [];
        foreach (Dataset split in splits)
        {
            string inner = layout.ImageFolder(split.Split);
            string pictures = Directory.CreateDirectory(Path.Combine(folder, inner)).FullName;
            names.TryAdd(inner, new UniqueNames());
            (ImageRecord Image, string Stem)[] named =
            [
                .. split.Images.Select(image =>
                    (image, names[inner].TakePlain(Path.GetFileNameWithoutExtension(image.Path)))
                ),
            ];
            notes.Count(
                "pictures with another name than before, since two have one or it is none for lists and XML",
                named.Count(item => item.Stem != Path.GetFileNameWithoutExtension(item.Image.Path))
            );
            (PlacedImage? Placed, Finding? Problem)[] placed = InOrder.Map(
                named,
                item =>
                {
                    cancellation.ThrowIfCancellationRequested();
                    return Place(item.Image, item.Stem, pictures, options.Link);
                }
            );
            leftOut.AddRange(placed.Select(item => item.Problem).OfType<Finding>());
            PlacedImage[] there = [.. placed.Select(item => item.Placed).OfType<PlacedImage>()];
            PlacedImage[] whole = [.. there.Select(image => image with { Image = WithWholeBoxes(image, notes) })];
            notes.Count(Anew, whole.Count(image => !PlainPicture.Is(image.Image.Path)));
            layout.Write(split.Split, whole);
            written.Add(split with { Images = [.. whole.Select(image => image.Image)] });
        }
        if (written.All(split => split.Images.Count == 0))
        {
            throw new DataException($"{splits[0].Name}: no image can be decoded; the first: {leftOut[0].Message}");
        }
        layout.Finish([.. splits.Select(split => split.Split)]);
        return new WrittenDataset(written, leftOut, notes.Sentences);
    }

    private static (PlacedImage? Placed, Finding? Problem) Place(
        ImageRecord image,
        string stem,
        string folder,
        bool link
    )
    {
        (RgbImage? pixels, Finding? problem) = ImageCheck.Decode(image);
        if (pixels is null)
        {
            return (null, problem);
        }
        if (!PlainPicture.Is(image.Path))
        {
            File.WriteAllBytes(Path.Combine(folder, $"{stem}.png"), ImageCodec.EncodePng(pixels));
            return (new PlacedImage(image, $"{stem}.png"), null);
        }
        string name = stem + Path.GetExtension(image.Path);
        string path = Path.Combine(folder, name);
        if (link)
        {
            File.CreateSymbolicLink(path, Path.GetFullPath(image.Path));
        }
        else
        {
            File.Copy(image.Path, path);
        }
        return (new PlacedImage(image, name), null);
    }

    /// <summary>The image with the boxes that have an area in the numbers that are written, each once; an object goes before a crowd in its place.</summary>
    private static ImageRecord WithWholeBoxes(PlacedImage placed, WritingNotes notes)
    {
        ImageRecord image = placed.Image;
        GroundTruthBox[] boxes =
        [
            .. image
                .Boxes.Where(box => box.X2 > box.X1 && box.Y2 > box.Y1)
                .GroupBy(box => (box.X1, box.Y1, box.X2, box.Y2, box.Label))
                .Select(same => same.MinBy(box => box.Crowd)),
        ];
        notes.Count(
            "boxes left out that are there twice once they are cut to their picture",
            image.Boxes.Count - boxes.Length
        );
        return image with { Boxes = boxes };
    }
}
