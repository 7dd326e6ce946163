using DynamicRcnn.CommandLine;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>drcnn data split: the parts of a data set.</summary>
internal static class DataSplitCommand
{
    private static readonly string[] names = ["train", "val", "test"];

    /// <summary>Puts the splits together, divides the whole, writes the parts, and says how near each class is to its shares.</summary>
    /// <exception cref="DataException">The data set cannot be used or is too small, or there is something where it would be written.</exception>
    public static void Run(DataSplitOptions options, Terminal terminal)
    {
        ReadData data = ReadData.Of(options.Choice, "data split", options.Out, terminal.Output);
        (Dataset whole, int repeated) = MergedSplits.Of(data.Splits);
        if (data.Splits.Count > 1)
        {
            string again = repeated == 0 ? "" : $"; {Amount.Count(repeated, "image")} of several splits taken once";
            terminal.Output.WriteLine($"put together: {ReadData.Contents(whole)}{again}");
        }

        DecodedImages decoded = DecodedImages.Of(whole);
        Finding[] lost =
        [
            .. decoded.Findings.Where(finding =>
                finding.Kind is FindingKind.UndecodableImage or FindingKind.SizeMismatch
            ),
        ];
        if (lost.Length > 0)
        {
            terminal.Output.WriteLine(
                $"left out, since they cannot be dealt out: {Amount.Count(lost.Length, "image")}"
            );
            FindingReport.Write(lost, all: false, terminal.Output);
        }
        whole = whole with { Images = [.. whole.Images.Where((_, place) => decoded.Pictures[place] is not null)] };
        int[] groups = PictureCopies.Groups([.. decoded.Pictures.OfType<SmallPicture>()]);
        int copies = groups.Length - groups.Distinct().Count();
        terminal.Output.WriteLine(
            copies == 0
                ? "no two pictures are equal or nearly equal"
                : $"{Amount.Count(copies, "picture is a copy", "pictures are copies")} of others, equal or nearly so, and stay in their part"
        );
        WantedPart[] parts = [.. options.Shares.Select((share, place) => new WantedPart(names[place], share))];
        IReadOnlyList<Dataset> divided = DatasetDivision.Of(whole, groups, parts, options.Seed);
        terminal.Output.WriteLine();
        BalanceTable.Write(divided, parts, terminal.Output);
        WrittenData.Write(options.Out, divided, data.LeftOut + lost.Length, options.Format, options.Link, terminal);
    }
}
