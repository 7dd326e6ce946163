using DynamicRcnn.CommandLine;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>Writes a data set that was made of another, and says what is in it.</summary>
internal static class WrittenData
{
    /// <summary>Writes the folder whole or not at all; the first signal leaves nothing of it.</summary>
    /// <param name="folder">Its place.</param>
    /// <param name="splits">What it holds.</param>
    /// <param name="unread">Images that were left out when the data were read.</param>
    /// <param name="format">Its layout.</param>
    /// <param name="link">Whether pictures are linked.</param>
    /// <param name="terminal">Where it is said.</param>
    /// <exception cref="DataException">There is something at that place, or the format cannot hold the classes.</exception>
    public static void Write(
        string folder,
        IReadOnlyList<Dataset> splits,
        int unread,
        DataFormat format,
        bool link,
        Terminal terminal
    )
    {
        WritingOptions options = new(
            format.IsCoco ? DatasetFormat.Coco
                : format.IsVoc ? DatasetFormat.Voc
                : DatasetFormat.Yolo,
            link
        );
        WrittenDataset written;
        using (StopSignal stop = new(terminal.Errors.WriteLine, "image"))
        {
            written = DatasetWriter.Write(folder, splits, options, stop.Token);
        }

        terminal.Output.WriteLine();
        string pictures = link ? "linked" : "copied";
        terminal.Output.WriteLine($"{folder}: written as {Title(format)}, pictures {pictures}");
        foreach (Dataset split in written.Splits)
        {
            terminal.Output.WriteLine($"  {ReadData.SplitName(split.Split)}: {ReadData.Contents(split)}");
        }

        foreach (string note in written.Notes)
        {
            terminal.Output.WriteLine($"  {note}");
        }

        terminal.Output.WriteLine(
            "  boxes, classes and their marks alone; outlines, key points and other attributes are not read"
        );
        FindingReport.Write(written.LeftOut, all: false, terminal.Output);
        if (unread + written.LeftOut.Count > 0)
        {
            throw new IncompleteException(
                ExitCode.BadInput,
                $"{folder}: it is written without {Amount.Count(unread + written.LeftOut.Count, "image")} that cannot be decoded to the stated size"
            );
        }
    }

    private static string Title(DataFormat format) =>
        format.IsCoco ? "COCO"
        : format.IsVoc ? "Pascal VOC"
        : "YOLO";
}
