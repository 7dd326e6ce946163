using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>All splits of a data set from which another is made.</summary>
/// <param name="Splits">In the order of their names; one that is called <see cref="DatasetLayout.Whole"/> where there are none.</param>
internal sealed record ReadData(IReadOnlyList<Dataset> Splits)
{
    /// <summary>Images that were left out because they cannot be decoded to the stated size.</summary>
    public int LeftOut =>
        Splits.Sum(split =>
            split.Findings.Count(finding => finding.Kind is FindingKind.UndecodableImage or FindingKind.SizeMismatch)
        );

    /// <summary>Reads them, and says what was read as what and what was left out.</summary>
    /// <param name="choice">Names the data set.</param>
    /// <param name="command">For sentences.</param>
    /// <param name="outside">The folder that will be written.</param>
    /// <param name="output">Where it is said.</param>
    /// <exception cref="DataException">The data set cannot be used, or what is written would lie in it or on something else.</exception>
    public static ReadData Of(ConfigChoice choice, string command, string outside, TextWriter output)
    {
        Config config = Configuration.Require(ConfigText.Resolve(Configuration.Sources(choice))).Config;
        DatasetSource source = DatasetSource.Of(config.Data) with { TestStays = true };
        WholeFolder.RequireFree(outside);
        RequireOutside(command, outside, source);
        if (DatasetReader.Describe(source) is { } layout)
        {
            output.WriteLine($"read as {layout}");
        }

        List<Dataset> splits = [];
        IReadOnlyList<string> names = DatasetReader.Splits(source);
        foreach (string name in names.Count > 0 ? names : [DatasetLayout.Whole])
        {
            Dataset read = DatasetReader.Open(source, name) with { Split = name };
            output.WriteLine($"{SplitName(name)}: {Contents(read)}");
            FindingReport.Write(read.Findings, all: false, output);
            splits.Add(read);
        }

        return new ReadData(splits);
    }

    /// <summary>What a split is called in lines.</summary>
    public static string SplitName(string split) => split == DatasetLayout.Whole ? "no splits" : $"split {split}";

    /// <summary>"205 images, 2804 boxes".</summary>
    public static string Contents(Dataset split) =>
        $"{Amount.Count(split.Images.Count, "image")}, "
        + Amount.Count(split.Images.Sum(image => image.Boxes.Count), "box", "boxes");

    // A folder in the data set would be data of it when it is read again.
    private static void RequireOutside(string command, string outside, DatasetSource source)
    {
        string place = Path.GetFullPath(outside) + '/';
        string? inside = OwnPlace
            .Of(source)
            .FirstOrDefault(read =>
                Directory.Exists(read)
                && place.StartsWith(
                    Path.TrimEndingDirectorySeparator(Path.GetFullPath(read)) + '/',
                    StringComparison.Ordinal
                )
            );
        if (inside is not null)
        {
            throw new UsageException([
                $"{command}: --out {outside} lies in the data that are read, {inside}; expected another place",
            ]);
        }
    }
}
