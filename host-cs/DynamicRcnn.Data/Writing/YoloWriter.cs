using System.Globalization;
using YamlDotNet.Serialization;

namespace DynamicRcnn.Data;

/// <summary>Writes what <see cref="YoloReader"/> reads.</summary>
internal static class YoloWriter
{
    /// <summary>A label file: <c>class cx cy w h</c> in shares of the sides, with all digits, so that the same boxes are read.</summary>
    internal static string Labels(IEnumerable<LabelledBox> boxes, ImageSize size) =>
        string.Concat(boxes.Select(box => Line(box, size)));

    /// <summary>A data.yaml.</summary>
    /// <param name="names">Of the classes.</param>
    /// <param name="splits">The folder of each split's pictures, from the file.</param>
    internal static string DataFile(
        IEnumerable<string> names,
        params IEnumerable<(string Split, string Images)> splits
    ) =>
        new SerializerBuilder()
            .WithQuotingNecessaryStrings(quoteYaml1_1Strings: true) // other readers take no, on and 1:30 for something else
            .WithNewLine("\n")
            .Build()
            .Serialize(
                splits
                    .Select(split => KeyValuePair.Create(split.Split, (object)split.Images))
                    .Append(KeyValuePair.Create("names", (object)names.ToArray()))
                    .ToDictionary()
            );

    private static string Line(LabelledBox box, ImageSize size)
    {
        double centreX = ((double)box.X1 + box.X2) / (2.0 * size.Width);
        double centreY = ((double)box.Y1 + box.Y2) / (2.0 * size.Height);
        double width = ((double)box.X2 - box.X1) / size.Width;
        double height = ((double)box.Y2 - box.Y1) / size.Height;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{box.Label} {centreX:R} {centreY:R} {width:R} {height:R}\n"
        );
    }
}
