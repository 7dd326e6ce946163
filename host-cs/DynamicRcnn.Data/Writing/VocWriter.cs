using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace DynamicRcnn.Data;

/// <summary>A box as Pascal VOC has it: first and last pixel, counted from 1.</summary>
internal readonly record struct VocBox(int Left, int Top, int Right, int Bottom, int Label)
{
    /// <summary>Neither asked for nor counted; training leaves it out.</summary>
    internal bool Difficult { get; init; }
}

/// <summary>Writes what <see cref="VocXml"/> reads.</summary>
internal static class VocWriter
{
    /// <summary>Pixels along a side below which the reader takes a box for a click without a drag.</summary>
    private const int LeastSide = 2;

    private const int Channels = 3;

    /// <summary>The boxes in whole pixels, each once, an object before a difficult one in its place; none in a picture that is one pixel wide or high.</summary>
    internal static IReadOnlyList<VocBox> Whole(IEnumerable<LabelledBox> boxes, ImageSize size) =>
        size.Width < LeastSide || size.Height < LeastSide
            ? []
            :
            [
                .. boxes
                    .Select(box => Of(box, size))
                    .GroupBy(box => box with { Difficult = false })
                    .Select(same => same.MinBy(box => box.Difficult)),
            ];

    /// <summary>The annotation of a picture.</summary>
    /// <param name="folder">The folder of the pictures.</param>
    /// <param name="picture">Its file's name there.</param>
    /// <param name="size">Its size.</param>
    /// <param name="boxes">Its boxes.</param>
    /// <param name="names">Of the classes.</param>
    internal static XDocument Annotation(
        string folder,
        string picture,
        ImageSize size,
        IEnumerable<VocBox> boxes,
        IReadOnlyList<string> names
    ) =>
        new(
            new XElement(
                "annotation",
                new XElement("folder", folder),
                new XElement("filename", picture),
                new XElement(
                    "size",
                    Number("width", size.Width),
                    Number("height", size.Height),
                    Number("depth", Channels)
                ),
                Number("segmented", 0),
                boxes.Select(box => new XElement(
                    "object",
                    new XElement("name", Held(names[box.Label])),
                    new XElement("pose", "Unspecified"),
                    Number("truncated", 0),
                    Number("difficult", box.Difficult ? 1 : 0),
                    new XElement(
                        "bndbox",
                        Number("xmin", box.Left),
                        Number("ymin", box.Top),
                        Number("xmax", box.Right),
                        Number("ymax", box.Bottom)
                    )
                ))
            )
        );

    private static string Held(string name)
    {
        try
        {
            return XmlConvert.VerifyXmlChars(name);
        }
        catch (XmlException error)
        {
            throw new DataException(
                $"the class '{AnnotationText.Shown(name)}' has a character that XML cannot hold; expected another name, or COCO or YOLO.",
                error
            );
        }
    }

    /// <summary>By how many pixels writing a box in whole ones moves its edges, at most.</summary>
    internal static float Distance(LabelledBox box, ImageSize size)
    {
        VocBox whole = Of(box, size);
        float x = Math.Max(Math.Abs(whole.Left - 1 - box.X1), Math.Abs(whole.Right - box.X2));
        return Math.Max(x, Math.Max(Math.Abs(whole.Top - 1 - box.Y1), Math.Abs(whole.Bottom - box.Y2)));
    }

    private static XElement Number(string name, int value) => new(name, value.ToString(CultureInfo.InvariantCulture));

    private static VocBox Of(LabelledBox box, ImageSize size)
    {
        (int left, int right) = Side(box.X1, box.X2, size.Width);
        (int top, int bottom) = Side(box.Y1, box.Y2, size.Height);
        return new VocBox(left, top, right, bottom, box.Label) { Difficult = box.Difficult };
    }

    /// <summary>Edges to the nearest pixels, which are at least two.</summary>
    private static (int First, int Last) Side(float from, float to, int length)
    {
        int first = Math.Min((int)MathF.Round(from) + 1, length - 1);
        return (first, Math.Clamp((int)MathF.Round(to), first + 1, length));
    }
}
