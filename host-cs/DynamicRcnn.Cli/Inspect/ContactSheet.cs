using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>A data set as one page that opens without a network: pictures with their boxes, counts, findings.</summary>
internal static class ContactSheet
{
    /// <summary>Writes the page, in one step.</summary>
    /// <param name="path">Ends in .html.</param>
    /// <param name="name">What the data set is called.</param>
    /// <param name="splits">In the order of the page; at least one.</param>
    /// <param name="imagesOfSplit">At most so many pictures a split.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, string name, IReadOnlyList<InspectedSplit> splits, int imagesOfSplit) =>
        AtomicFile.WriteText(
            path,
            Part("html")
                .Replace("/*style*/", Part("css"), StringComparison.Ordinal)
                .Replace("/*script*/", Part("js"), StringComparison.Ordinal)
                .Replace("/*data*/", SheetData.Json(name, splits, imagesOfSplit), StringComparison.Ordinal)
        );

    /// <summary>A file that the page is made of.</summary>
    internal static string Part(string kind)
    {
        using Stream stream = typeof(ContactSheet).Assembly.GetManifestResourceStream($"contact-sheet.{kind}")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
