using System.Text.Json;

namespace DynamicRcnn.Data.Demo;

/// <summary>How much of the demo data set to write.</summary>
/// <param name="Seed">Any number; the same seed gives the same files.</param>
/// <param name="TrainImages">Images to train on.</param>
/// <param name="ValidationImages">Images to evaluate on.</param>
public sealed record DemoFolderOptions(int Seed, int TrainImages, int ValidationImages);

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
                    DemoImage drawn = DemoImages.Draw(options.Seed, split, index);
                    string name = $"{prefix}_{index:D4}.jpg";
                    File.WriteAllBytes(Path.Combine(folder, name), ImageCodec.EncodeJpeg(drawn.Image, JpegQuality));
                    return new Entry(index + 1, name, drawn.Image.Width, drawn.Image.Height, drawn.Boxes);
                }),
        ];
    }

    private static void WriteAnnotations(string path, List<Entry> entries)
    {
        string temporary = path + ".tmp";
        using (FileStream stream = File.Create(temporary))
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            WriteImageList(json, entries);
            WriteBoxList(json, entries);
            WriteCategories(json);
            json.WriteEndObject();
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static void WriteImageList(Utf8JsonWriter json, List<Entry> entries)
    {
        json.WriteStartArray("images");
        foreach (Entry entry in entries)
        {
            json.WriteStartObject();
            json.WriteNumber("id", entry.Id);
            json.WriteString("file_name", entry.FileName);
            json.WriteNumber("width", entry.Width);
            json.WriteNumber("height", entry.Height);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteBoxList(Utf8JsonWriter json, List<Entry> entries)
    {
        int id = 0;
        json.WriteStartArray("annotations");
        foreach (Entry entry in entries)
        {
            foreach (DemoBox box in entry.Boxes)
            {
                json.WriteStartObject();
                json.WriteNumber("id", ++id);
                json.WriteNumber("image_id", entry.Id);
                json.WriteNumber("category_id", CategoryId(box.Kind));
                json.WriteStartArray("bbox");
                WriteThousandths(json, box.X1);
                WriteThousandths(json, box.Y1);
                WriteThousandths(json, Math.Round(box.X2, 3) - Math.Round(box.X1, 3));
                WriteThousandths(json, Math.Round(box.Y2, 3) - Math.Round(box.Y1, 3));
                json.WriteEndArray();
                json.WriteNumber("area", box.Area);
                json.WriteNumber("iscrowd", 0);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
    }

    private static void WriteThousandths(Utf8JsonWriter json, double pixels) =>
        json.WriteNumberValue(Math.Round(pixels, 3));

    private static void WriteCategories(Utf8JsonWriter json)
    {
        json.WriteStartArray("categories");
        foreach (DemoShapeKind kind in Enum.GetValues<DemoShapeKind>())
        {
            json.WriteStartObject();
            json.WriteNumber("id", CategoryId(kind));
            json.WriteString("name", DemoImages.ClassNames[(int)kind]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static int CategoryId(DemoShapeKind kind) => (int)kind + 1;

    private sealed record Entry(int Id, string FileName, int Width, int Height, IReadOnlyList<DemoBox> Boxes);
}
