using Microsoft.VisualBasic.FileIO;

namespace DynamicRcnn.Data;

/// <summary>
/// A table with a box in each row and a header that names the columns, as tools for TensorFlow and keras-retinanet write it. Corners are in
/// pixels from 0, x2 and y2 exclusive, as those tools read them. A row without class and corners is an image without boxes.
/// </summary>
internal static class CsvTable
{
    internal const string Extension = ".csv";

    private const string Expected =
        "a header such as filename,width,height,class,xmin,ymin,xmax,ymax (the size may be missing)";

    private static readonly string[] imageColumns =
    [
        "filename",
        "file",
        "image",
        "imagename",
        "imagepath",
        "path",
        "imageid",
    ];

    private static readonly string[] delimiters = [",", ";", "\t"];

    private static readonly string[] classColumns = ["class", "label", "classname", "labelname", "category", "name"];

    private static readonly string[][] cornerColumns =
    [
        ["xmin", "ymin", "xmax", "ymax"],
        ["x1", "y1", "x2", "y2"],
        ["left", "top", "right", "bottom"],
    ];

    private static readonly string[][] sideColumns =
    [
        ["x", "y", "w", "h"],
        ["bboxx", "bboxy", "bboxwidth", "bboxheight"],
        ["x", "y", "width", "height"],
    ];

    private static readonly string[][] sizeColumns =
    [
        ["imagewidth", "imageheight"],
        ["width", "height"],
    ];

    /// <summary>The images of a table in the order of their first rows.</summary>
    /// <param name="file">The table.</param>
    /// <param name="findings">Takes what is found about its header and its rows' lengths.</param>
    /// <exception cref="DataException">The file cannot be read, or has no such header.</exception>
    internal static IReadOnlyDictionary<string, ImageAnnotation> Read(string file, List<Finding> findings)
    {
        try
        {
            string text = InputFile.Text(file);
            using TextFieldParser parser = new(new StringReader(text))
            {
                Delimiters = [Delimiter(text.Split('\n', 2)[0])],
                HasFieldsEnclosedInQuotes = true,
                TrimWhiteSpace = true,
            };
            Columns columns = Columns.Of(file, parser.ReadFields() ?? [], findings);
            FindingTally longer = new(FindingKind.ExtraColumns);
            OrderedDictionary<string, Rows> images = new(StringComparer.Ordinal);
            while (!parser.EndOfData)
            {
                long line = parser.LineNumber;
                string[] fields = parser.ReadFields() ?? [];
                if (fields.Skip(columns.Count).Any(field => field.Length > 0))
                {
                    string told =
                        $"the row has {fields.Length} values and the header {columns.Count}; the others are not read";
                    longer.Add(file, $"{file}: line {line}", told);
                }
                ReadRow(file, line, fields, columns, images);
            }
            findings.AddRange(longer.Findings);
            RequirePixels(file, images.Values);
            return new OrderedDictionary<string, ImageAnnotation>(
                images.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Annotation(file))),
                StringComparer.Ordinal
            );
        }
        catch (MalformedLineException error)
        {
            throw new DataException(
                $"{file}: line {error.LineNumber} has quotes that do not close; expected a table of comma-separated values.",
                error
            );
        }
        catch (Exception error) when (AnnotationText.IsUnreadable(error))
        {
            throw new DataException($"{file}: the file cannot be read: {error.Message}", error);
        }
    }

    private static string Delimiter(string header) =>
        delimiters.MaxBy(mark => header.Count(character => character == mark[0]))!;

    private static void ReadRow(
        string file,
        long line,
        string[] fields,
        Columns columns,
        OrderedDictionary<string, Rows> images
    )
    {
        string place = $"line {line}";
        string Field(int column) => column < fields.Length ? fields[column] : "";
        string name = KeyOf(Field(columns.Image));
        if (name.Length == 0)
        {
            throw new DataException($"{file}: {place} names no image; expected one in each row.");
        }
        if (!images.TryGetValue(name, out Rows? rows))
        {
            images[name] = rows = new Rows(Field(columns.Image));
        }
        string className = Field(columns.Class);
        string[] corners = [.. columns.Box.Select(Field)];
        if (className.Length == 0 && corners.All(text => text.Length == 0))
        {
            return;
        }
        double[] numbers = new double[corners.Length];
        string? problem = className.Length == 0 ? "the class is empty; expected its name" : null;
        for (int i = 0; i < corners.Length && problem is null; i++)
        {
            problem = AnnotationText.TryNumber(corners[i], out numbers[i])
                ? null
                : $"{columns.Names[i]} is {AnnotationText.Quote(corners[i])}; expected a number";
        }
        if (columns.Size is [int width, int height])
        {
            rows.Size ??= SizeOf(Field(width), Field(height));
        }
        if (problem is not null)
        {
            string text = $"{problem}; the box is left out";
            rows.Bad.Add(AnnotationText.OfLine(FindingKind.UnreadableLabel, file, (int)line, text));
            return;
        }
        BoxCorners box = columns.HasSides
            ? new BoxCorners(numbers[0], numbers[1], numbers[0] + numbers[2], numbers[1] + numbers[3])
            : new BoxCorners(numbers[0], numbers[1], numbers[2], numbers[3]);
        rows.Objects.Add(new AnnotatedObject(place, className, $"[{string.Join(", ", numbers)}]", box));
    }

    private static ImageSize? SizeOf(string width, string height) =>
        AnnotationText.TryNumber(width, out double w)
        && AnnotationText.TryNumber(height, out double h)
        && w is >= 1 and < int.MaxValue
        && h is >= 1 and < int.MaxValue
            ? new ImageSize((int)w, (int)h)
            : null;

    /// <summary>The name without the root of the machine that the table was written on; the reader looks for the longest end that is there.</summary>
    private static string KeyOf(string name) =>
        FileLookup.IsRooted(name) ? FileLookup.Ends(name).FirstOrDefault() ?? "" : FileLookup.Slashes(name);

    private static void RequirePixels(string file, IEnumerable<Rows> images)
    {
        AnnotatedObject[] all = [.. images.SelectMany(rows => rows.Objects)];
        if (all.Length > 0 && all.All(item => item.Box is { X1: >= 0, Y1: >= 0, X2: <= 1, Y2: <= 1 }))
        {
            throw new DataException(
                $"{file}: all corners lie between 0 and 1, as shares of the sides; expected pixels."
            );
        }
    }

    /// <param name="written">The image's name as the first of them has it.</param>
    private sealed class Rows(string written)
    {
        internal ImageSize? Size { get; set; }

        internal List<AnnotatedObject> Objects { get; } = [];

        internal List<Finding> Bad { get; } = [];

        internal ImageAnnotation Annotation(string file) => new(file, written, Size, Objects, Bad, null);
    }

    /// <summary>Where the columns are.</summary>
    private sealed record Columns(
        int Count,
        int Image,
        int Class,
        string[] Names,
        int[] Box,
        bool HasSides,
        int[]? Size
    )
    {
        internal static Columns Of(string file, string[] header, List<Finding> findings)
        {
            string[] names =
            [
                .. header.Select(name => name.Replace("_", "", StringComparison.Ordinal).Trim().ToLowerInvariant()),
            ];
            int image = First(names, imageColumns);
            int className = First(names, classColumns);
            string[]? corners = cornerColumns.FirstOrDefault(Has);
            string[]? box = corners ?? sideColumns.FirstOrDefault(Has);
            if (image < 0 || className < 0 || box is null)
            {
                string lacks =
                    image < 0 ? "a column of the images' names"
                    : className < 0 ? "a column of classes"
                    : "the four columns of a box";
                string had = AnnotationText.Quote(string.Join(',', header));
                throw new DataException($"{file}: line 1 is {had}, without {lacks}; expected {Expected}.");
            }
            string[] twice = [names[image], names[className], .. box];
            if (Array.Find(twice, name => names.Count(other => other == name) > 1) is { } again)
            {
                throw new DataException($"{file}: line 1 has the column '{again}' twice; expected it once.");
            }
            if (
                cornerColumns.Concat(sideColumns).FirstOrDefault(other => Has(other) && !box.Any(other.Contains)) is
                { } further
            )
            {
                string text =
                    $"line 1 has boxes as {string.Join(',', box)} and as {string.Join(',', further)}; the first are read";
                findings.Add(
                    new Finding(FindingKind.ExtraColumns, file, $"{file}: {text}.") { Place = $"{file}: line 1" }
                );
            }
            string[]? size = sizeColumns.FirstOrDefault(pair => Has(pair) && !pair.Any(box.Contains));
            return new Columns(
                names.Length,
                image,
                className,
                box,
                Places(box),
                corners is null,
                size is null ? null : Places(size)
            );

            bool Has(string[] wanted) => wanted.All(names.Contains);
            int[] Places(string[] wanted) => [.. wanted.Select(name => Array.IndexOf(names, name))];
        }

        private static int First(string[] names, string[] wanted) =>
            wanted.Select(name => Array.IndexOf(names, name)).FirstOrDefault(place => place >= 0, -1);
    }
}
