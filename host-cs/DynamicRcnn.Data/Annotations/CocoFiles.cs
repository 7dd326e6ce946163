using System.Text.Json;

namespace DynamicRcnn.Data;

/// <summary>A COCO annotation file of a folder.</summary>
/// <param name="Split">The program's name for its split.</param>
/// <param name="Name">The split as the file or its folder has it, such as train2017.</param>
/// <param name="File">Its path.</param>
internal sealed record CocoFile(string Split, string Name, string File);

/// <summary>Finds the COCO annotation files of a folder by the names that tools give them.</summary>
internal static class CocoFiles
{
    private const string Extension = ".json";
    private const string Annotations = "annotations";
    private const string Prefix = "instances_";

    /// <summary>More than any tool writes before the first of COCO's own keys.</summary>
    private const int Beginning = 1 << 16;

    /// <summary>What exporters call the only file of a folder: Roboflow, Label Studio, FiftyOne and others.</summary>
    private static readonly string[] ownNames =
    [
        "_annotations.coco.json",
        "annotations.coco.json",
        "result.json",
        "labels.json",
        "annotations.json",
        "instances.json",
        "coco.json",
    ];

    /// <summary>The folder of annotations, where there is one.</summary>
    internal static string? AnnotationFolder(string folder) => FolderNames.Folder(folder, Annotations);

    /// <summary>Whether an annotation file lies in a folder that is only for such files.</summary>
    internal static bool IsAnnotationFolder(string folder) =>
        DatasetLayout.NameOf(folder).Equals(Annotations, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The files of the splits, in name order: in the folder of annotations, in the folder itself, or in folders that are called like
    /// splits. Two files of one split, as of COCO 2014 and 2017, keep their names.
    /// </summary>
    internal static IReadOnlyList<CocoFile> Splits(string folder)
    {
        IEnumerable<CocoFile>[] places =
        [
            AnnotationFolder(folder) is { } annotations ? Named(annotations) : [],
            Named(folder),
            FolderNames
                .Splits(folder)
                .Select(found => (found.Split, found.Folder, File: Only(found.Folder)))
                .Where(found => found.File is not null)
                .Select(found => new CocoFile(found.Split, Path.GetFileName(found.Folder), found.File!)),
        ];
        CocoFile[] files = places.Select(place => place.ToArray()).FirstOrDefault(place => place.Length > 0) ?? [];
        return
        [
            .. Apart(Apart(files, file => file.Name), file => Path.GetFileNameWithoutExtension(file.File))
                .OrderBy(file => file.Split, StringComparer.Ordinal),
        ];
    }

    /// <summary>The files, those of one split under further names.</summary>
    private static CocoFile[] Apart(CocoFile[] files, Func<CocoFile, string> name) =>
        [
            .. files
                .GroupBy(file => file.Split)
                .SelectMany(same => same.Count() > 1 ? same.Select(file => file with { Split = name(file) }) : same),
        ];

    /// <summary>The one annotation file of a folder that is not split; null when there is none.</summary>
    internal static string? Only(string folder) =>
        ownNames.Select(name => FolderNames.File(folder, name)).FirstOrDefault(IsCoco)
        ?? Single(
            FolderNames
                .Files(folder, Extension)
                .Where(file => Path.GetFileName(file).StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        )
        ?? (AnnotationFolder(folder) is { } annotations ? Only(annotations) : null);

    /// <summary>Why the most likely JSON file of a folder that is no data set is no COCO file, as a sentence; empty where there is none.</summary>
    internal static string Refusal(string folder)
    {
        string? file =
            FolderNames.File(folder, ownNames)
            ?? FolderNames.Files(folder, Extension).FirstOrDefault()
            ?? (
                AnnotationFolder(folder) is { } annotations
                    ? FolderNames.Files(annotations, Extension).FirstOrDefault()
                    : null
            );
        try
        {
            if (file is not null)
            {
                CocoDocument.Read(file).Require("categories");
            }
            return "";
        }
        catch (DataException refusal)
        {
            return $" Its JSON is none: {refusal.Message}";
        }
    }

    /// <summary>What a file calls its split: its own name, without COCO's prefix.</summary>
    internal static string NameOf(string file)
    {
        string stem = Path.GetFileNameWithoutExtension(file);
        return stem.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? stem[Prefix.Length..] : stem;
    }

    private static string? Single(IEnumerable<string> files) => files.Take(2).ToArray() is [string only] ? only : null;

    private static IEnumerable<CocoFile> Named(string folder)
    {
        foreach (string file in FolderNames.Files(folder, Extension))
        {
            bool isInstances = Path.GetFileName(file).StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);
            string name = NameOf(file);
            string split = WithoutYear(name);
            if (isInstances || (DatasetLayout.IsSplit(split) && IsCoco(file)))
            {
                yield return new CocoFile(
                    DatasetLayout.IsSplit(split) ? DatasetLayout.SplitOf(split) : name,
                    name,
                    file
                );
            }
        }
    }

    private static string WithoutYear(string name) => FolderCheck.Year().Replace(name, "");

    /// <summary>Whether a file begins as COCO's do; other JSON beside images is none of ours.</summary>
    private static bool IsCoco(string? file)
    {
        if (file is null)
        {
            return false;
        }
        byte[] bytes = new byte[Beginning];
        using Stream stream = InputFile.Open(file);
        int count = stream.ReadAtLeast(bytes, Beginning, throwOnEndOfStream: false);
        Utf8JsonReader json = new(JsonField.AsUtf8(bytes[..count]), isFinalBlock: false, default);
        try
        {
            while (json.Read())
            {
                if (json.CurrentDepth == 1 && json.TokenType == JsonTokenType.PropertyName && IsKey(ref json))
                {
                    return true;
                }
            }
        }
        catch (JsonException)
        {
            return false;
        }
        return false;
    }

    private static bool IsKey(ref Utf8JsonReader json) =>
        !json.ValueIsEscaped
        && (
            json.ValueTextEquals("images"u8)
            || json.ValueTextEquals("annotations"u8)
            || json.ValueTextEquals("categories"u8)
        );
}
