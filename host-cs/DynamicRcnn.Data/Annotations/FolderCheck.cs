using System.Text.RegularExpressions;

namespace DynamicRcnn.Data;

/// <summary>What lies in a data set's folder and is not read, which no reader of a format sees. Findings go with the training split, or the first.</summary>
internal static partial class FolderCheck
{
    private const string Train = "train";

    /// <summary>The layout, whose splits come with these findings too.</summary>
    /// <param name="path">The data set.</param>
    /// <param name="layout">As it was recognised.</param>
    /// <param name="isWhole">The path holds all of the data set: what lies beside is part of it.</param>
    internal static DatasetLayout Of(string path, DatasetLayout layout, bool isWhole) =>
        layout with
        {
            Read = split =>
            {
                Dataset dataset = layout.Read(split);
                string first = layout.Splits.Contains(Train) ? Train : layout.Splits.FirstOrDefault(split);
                return dataset with
                {
                    Findings =
                    [
                        .. split == first ? layout.Notes.Concat(FurtherSplits(path, layout)) : [],
                        .. dataset.Findings,
                        .. isWhole ? Pictures(Path.GetFullPath(path), layout, split, split == first, dataset) : [],
                    ],
                };
            },
        };

    private static IEnumerable<Finding> FurtherSplits(string path, DatasetLayout layout) =>
        layout
            .Splits.Where(split =>
                DatasetLayout.SplitOf(split) is var own && own != split && layout.Splits.Contains(own)
            )
            .Select(split =>
                Passed(path, $"the split {split} lies beside {DatasetLayout.SplitOf(split)}, which alone is taken")
            );

    private static Finding[] Pictures(string root, DatasetLayout layout, string split, bool isFirst, Dataset dataset)
    {
        HashSet<string> own = Named(dataset);
        Lazy<HashSet<string>> all = new(() =>
            [.. own, .. layout.Splits.Where(other => other != split).SelectMany(other => Named(layout, other))]
        );
        FindingTally unnamed = new(FindingKind.Unannotated);
        foreach (
            string folder in dataset
                .Images.Select(image => Path.GetDirectoryName(Path.GetFullPath(image.Path))!)
                .Distinct(StringComparer.Ordinal)
        )
        {
            bool isOwn = Path.GetRelativePath(root, folder).Split('/').Any(part => SplitOfFolder(part) == split);
            foreach (string image in ImageFiles.In(folder, SearchOption.TopDirectoryOnly).Where(IsUnnamed))
            {
                unnamed.Add(image, image, "no annotation of the data set names this picture; it is not read");
            }

            bool IsUnnamed(string image) =>
                (isOwn || isFirst) && !IsNamed(image, own) && (isOwn || !IsNamed(image, all.Value));
        }
        return [.. unnamed.Findings, .. isFirst && Directory.Exists(root) ? Unused(root, layout, own, all) : []];
    }

    /// <summary>Folders of pictures that no split has to do with, by their names or by what was read.</summary>
    private static IEnumerable<Finding> Unused(
        string root,
        DatasetLayout layout,
        HashSet<string> own,
        Lazy<HashSet<string>> all
    ) =>
        FolderNames
            .Folders(root)
            .SelectMany(folder => FolderNames.Folders(folder).Prepend(folder))
            .Where(folder =>
                !layout.Splits.Contains(SplitOfFolder(Path.GetFileName(folder)))
                && !layout.Splits.Contains(SplitOfFolder(Path.GetFileName(Path.GetDirectoryName(folder)!)))
                && Directory.EnumerateFiles(folder).Any(ImageNames.IsImage)
                && !IsUsed(folder, own)
                && !IsUsed(folder, all.Value)
            )
            .Select(folder => Passed(folder, "it holds pictures, and none of them belongs to a split that is read"));

    private static bool IsUsed(string folder, HashSet<string> names) =>
        names.Any(name => name.StartsWith(folder + '/', StringComparison.Ordinal));

    private static bool IsNamed(string image, HashSet<string> names) =>
        names.Contains(image) || names.Contains(Path.GetFileNameWithoutExtension(image));

    private static HashSet<string> Named(DatasetLayout layout, string split)
    {
        try
        {
            return Named(layout.Read(split));
        }
        catch (DataException)
        {
            return []; // whoever opens it is told
        }
    }

    /// <summary>The paths of a split's images, and the stems of what it left out and says so.</summary>
    private static HashSet<string> Named(Dataset dataset) =>
        [
            .. dataset.Images.Select(image => Path.GetFullPath(image.Path)),
            .. dataset.Findings.Select(finding => Path.GetFileNameWithoutExtension(finding.File)),
        ];

    private static Finding Passed(string place, string text) => new(FindingKind.PassedOver, place, $"{place}: {text}.");

    private static string SplitOfFolder(string name) => DatasetLayout.SplitOf(Year().Replace(name, ""));

    [GeneratedRegex("[-_]?(19|20)[0-9]{2}$")]
    internal static partial Regex Year();
}
