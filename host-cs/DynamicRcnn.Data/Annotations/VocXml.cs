using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace DynamicRcnn.Data;

/// <summary>Reads an XML file of Pascal VOC.</summary>
internal static class VocXml
{
    /// <summary>Far more than any annotation has; what is larger is not read into memory.</summary>
    private const long MostCharacters = 50_000_000;

    private static readonly string[] CornerNames = ["xmin", "ymin", "xmax", "ymax"];
    private static readonly string[] SideNames = ["width", "height"];

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = MostCharacters,
    };

    internal static ImageAnnotation Read(string file)
    {
        try
        {
            using Stream stream = InputFile.Open(file);
            using TextReader text = XmlEncoding.Open(stream);
            using XmlReader reader = XmlReader.Create(text, Settings);
            XElement root = XDocument.Load(reader, LoadOptions.SetLineInfo).Root!;
            return root.Name == "annotation"
                ? Read(file, root)
                : ImageAnnotation.Unusable(file, $"the root element is '{root.Name}'; expected 'annotation'");
        }
        catch (XmlException error)
        {
            // A document type, and a file without anything, have no line.
            string place = error.LineNumber > 0 ? $"line {error.LineNumber}" : "the file";
            return ImageAnnotation.Unusable(
                file,
                $"{place} is not plain XML; expected a well-formed file without a document type"
            );
        }
        catch (DecoderFallbackException)
        {
            return ImageAnnotation.Unusable(
                file,
                "the file is not in the encoding that it declares, or not in UTF-8 where it declares none"
            );
        }
        catch (NotSupportedException error)
        {
            return ImageAnnotation.Unusable(
                file,
                $"its encoding is {AnnotationText.Quote(error.Message)}; expected one that is known, such as utf-8"
            );
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return ImageAnnotation.Unusable(file, "the file does not exist");
        }
        catch (Exception error) when (AnnotationText.IsUnreadable(error))
        {
            return ImageAnnotation.Unusable(file, $"the file cannot be read: {error.Message.TrimEnd('.')}");
        }
    }

    private static ImageAnnotation Read(string file, XElement root)
    {
        List<AnnotatedObject> objects = [];
        List<Finding> bad = [];
        foreach (XElement element in root.Elements("object"))
        {
            int line = ((IXmlLineInfo)element).LineNumber;
            string? problem = TryRead(element, line, out AnnotatedObject? read);
            if (problem is null)
            {
                objects.Add(read!);
            }
            else
            {
                string text = $"{problem}; the object is left out";
                bad.Add(AnnotationText.OfLine(FindingKind.UnreadableLabel, file, line, text));
            }
        }
        string? badSize = TryReadSize(root.Element("size"), out ImageSize? size);
        string? image = root.Element("filename")?.Value.Trim();
        return badSize is null
            ? new ImageAnnotation(file, image, size, objects, bad, null)
            : ImageAnnotation.Unusable(file, badSize);
    }

    /// <summary>Some tools write no size, or 0 x 0; the image's header then decides alone.</summary>
    /// <returns>What is wrong, or null.</returns>
    private static string? TryReadSize(XElement? element, out ImageSize? size)
    {
        size = null;
        int[] sides = new int[SideNames.Length];
        for (int i = 0; i < sides.Length; i++)
        {
            string? text = element?.Element(SideNames[i])?.Value.Trim();
            if (!string.IsNullOrEmpty(text) && !TryWhole(text, out sides[i]))
            {
                return $"size.{SideNames[i]} is {AnnotationText.Quote(text)}; expected a whole number of pixels";
            }
        }
        size = sides[0] > 0 && sides[1] > 0 ? new ImageSize(sides[0], sides[1]) : null;
        return null;
    }

    /// <summary>Some tools write 96.0.</summary>
    private static bool TryWhole(string text, out int whole)
    {
        bool fits =
            AnnotationText.TryNumber(text, out double number)
            && number == Math.Floor(number)
            && Math.Abs(number) <= int.MaxValue;
        whole = fits ? (int)number : 0;
        return fits;
    }

    /// <returns>What is wrong, or null.</returns>
    private static string? TryRead(XElement element, int line, out AnnotatedObject? read)
    {
        read = null;
        string name = element.Element("name")?.Value.Trim() ?? "";
        if (name.Length == 0)
        {
            return "an object has no name; expected its class";
        }
        if (element.Element("bndbox") is not { } box)
        {
            return $"the object '{name}' has no bndbox; expected one";
        }
        double[] corners = new double[CornerNames.Length];
        for (int i = 0; i < corners.Length; i++)
        {
            string? text = box.Element(CornerNames[i])?.Value.Trim();
            if (!AnnotationText.TryNumber(text, out corners[i]))
            {
                return $"{CornerNames[i]} is {(text is null ? "missing" : AnnotationText.Quote(text))}; expected a number";
            }
        }
        string mark = element.Element("difficult")?.Value.Trim() ?? "";
        if (!TryDifficult(mark, out bool difficult))
        {
            return $"difficult is {AnnotationText.Quote(mark)}; expected 0 or 1";
        }
        string quote = $"[{string.Join(", ", corners)}]";
        read = new AnnotatedObject($"line {line}", name, quote, ZeroBased(corners), difficult);
        return null;
    }

    private static bool TryDifficult(string text, out bool difficult)
    {
        difficult = text.Equals("true", StringComparison.OrdinalIgnoreCase);
        if (difficult || text.Length == 0 || text.Equals("false", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }
        bool known = AnnotationText.TryNumber(text, out double number) && number is 0 or 1;
        difficult = known && number == 1;
        return known;
    }

    /// <summary>
    /// VOC counts pixels from 1 and its maximum is the last pixel of the object: pixel xmin covers [xmin - 1, xmin) here, and pixel xmax
    /// ends at xmax. So the minimum moves by one and the maximum stays. A box whose maximum is its minimum would be one pixel wide;
    /// in real files it is a click without a drag, so it is given no area and becomes a finding.
    /// </summary>
    private static BoxCorners ZeroBased(double[] corners) =>
        new(
            corners[2] > corners[0] ? corners[0] - 1 : corners[0],
            corners[3] > corners[1] ? corners[1] - 1 : corners[1],
            corners[2],
            corners[3]
        );
}
