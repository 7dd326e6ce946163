using System.Text.Json;

namespace DynamicRcnn.Data.Demo;

/// <summary>How much of the demo data set to write.</summary>
/// <param name="Seed">Any number; the same seed gives the same files.</param>
/// <param name="TrainImages">Images to train on.</param>
/// <param name="ValidationImages">Images to evaluate on.</param>
public sealed record DemoFolderOptions(int Seed, int TrainImages, int ValidationImages)
{
    /// <summary>What the images show.</summary>
    public DemoSceneOptions Scene { get; init; } = DemoSceneOptions.Demo;

    /// <summary>Share of the training labels that is missing, as large a share of another class, and as large a one badly placed; at most 1/3.</summary>
    public double LabelNoise { get; init; }
}

/// <summary>Writes the demo data set as a COCO folder: <c>images/</c> and <c>annotations/instances_{train,val}.json</c>.</summary>
public static class DemoFolder
{
    private const int JpegQuality = 92;

    /// <summary>Writes both splits. The annotation files come last, so a folder that has them is complete.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Write(string folder, DemoFolderOptions options, CancellationToken cancellation)
    {
        string images = Path.Combine(folder, "images");
        string annotations = Path.Combine(folder, "annotations");
        Directory.CreateDirectory(images);
        Directory.CreateDirectory(annotations);
        List<Entry> train = WriteImages(images, options, DemoSplit.Train, options.TrainImages, cancellation);
        List<Entry> val = WriteImages(images, options, DemoSplit.Validation, options.ValidationImages, cancellation);
        WriteAnnotations(Path.Combine(annotations, "instances_train.json"), train);
        WriteAnnotations(Path.Combine(annotations, "instances_val.json"), val);
    }

    /// <summary>Writes both splits whole or not at all.</summary>
    /// <param name="folder">Is not there, or is an empty folder.</param>
    /// <param name="options">What is drawn.</param>
    /// <param name="cancellation">Leaves nothing of it.</param>
    /// <exception cref="DataException">There is something at that place.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void WriteWhole(string folder, DemoFolderOptions options, CancellationToken cancellation) =>
        WholeFolder.Write(folder, unfinished => Write(unfinished, options, cancellation));

    private static List<Entry> WriteImages(
        string folder,
        DemoFolderOptions options,
        DemoSplit split,
        int count,
        CancellationToken cancellation
    )
    {
        string prefix = split == DemoSplit.Train ? "train" : "val";
        return
        [
            .. Enumerable
                .Range(0, count)
                .AsParallel()
                .AsOrdered()
                .WithCancellation(cancellation)
                .Select(index =>
                {
                    DemoImage drawn = DemoImages.Draw(options.Seed, split, index, options.Scene);
                    double noise = split == DemoSplit.Train ? options.LabelNoise : 0;
                    IReadOnlyList<DemoBox> labels = DemoLabelNoise.Of(drawn, noise, options.Seed, index);
                    string name = $"{prefix}_{index:D4}.jpg";
                    File.WriteAllBytes(Path.Combine(folder, name), ImageCodec.EncodeJpeg(drawn.Image, JpegQuality));
                    return new Entry(index + 1, name, drawn.Image.Width, drawn.Image.Height, labels);
                }),
        ];
    }

    private static void WriteAnnotations(string path, List<Entry> entries)
    {
        string temporary = path + ".tmp";
        using (FileStream stream = File.Create(temporary))
        {
            JsonSerializer.Serialize(stream, Content(entries));
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static object Content(List<Entry> entries) =>
        new
        {
            images = entries.Select(entry => new
            {
                id = entry.Id,
                file_name = entry.FileName,
                width = entry.Width,
                height = entry.Height,
            }),
            annotations = entries
                .SelectMany(entry => entry.Boxes.Select(box => (entry, box)))
                .Select(
                    (each, place) =>
                        new
                        {
                            id = place + 1,
                            image_id = each.entry.Id,
                            category_id = CategoryId(each.box.Kind),
                            bbox = Sides(each.box),
                            area = each.box.Area,
                            iscrowd = 0,
                        }
                ),
            categories = Enum.GetValues<DemoShapeKind>()
                .Select(kind => new { id = CategoryId(kind), name = DemoImages.ClassNames[(int)kind] }),
        };

    /// <summary>[x, y, width, height] in thousandths of a pixel.</summary>
    private static double[] Sides(DemoBox box) =>
        [
            Rounded(box.X1),
            Rounded(box.Y1),
            Rounded(Rounded(box.X2) - Rounded(box.X1)),
            Rounded(Rounded(box.Y2) - Rounded(box.Y1)),
        ];

    private static double Rounded(double pixels) => Math.Round(pixels, 3);

    private static int CategoryId(DemoShapeKind kind) => (int)kind + 1;

    private sealed record Entry(int Id, string FileName, int Width, int Height, IReadOnlyList<DemoBox> Boxes);
}
