namespace DynamicRcnn.Data;

/// <summary>A format with a file of annotations for each image, which is called like the image.</summary>
/// <param name="Title">For people.</param>
/// <param name="Extension">The files', with the dot.</param>
/// <param name="Accepts">Whether a file with that extension is of the format; null for one that cannot be read.</param>
/// <param name="Read">A file's annotation; what is wrong with it is said in there.</param>
internal sealed record AnnotationFormat(
    string Title,
    string Extension,
    Func<string, bool?> Accepts,
    Func<string, ImageAnnotation> Read
)
{
    internal static readonly AnnotationFormat Voc = new("Pascal VOC", ".xml", _ => true, VocXml.Read);

    internal static readonly AnnotationFormat Labelme = new("labelme", ".json", LabelmeJson.IsOne, LabelmeJson.Read);

    /// <summary>Whether a folder holds annotations of the format. The first file that could be one decides.</summary>
    internal bool IsIn(string folder) =>
        FolderNames.Files(folder, Extension).Take(Tried).Any(file => Accepts(file) == true);

    /// <summary>The annotated names in a folder, in ordinal order.</summary>
    internal string[] Stems(string folder) =>
        [
            .. FolderNames
                .Files(folder, Extension)
                .Where(file => Accepts(file) != false)
                .Select(file => Path.GetFileNameWithoutExtension(file))
                .Distinct(StringComparer.Ordinal),
        ];

    /// <summary>Files that are looked into: other JSON may lie among a tool's.</summary>
    private const int Tried = 20;
}
