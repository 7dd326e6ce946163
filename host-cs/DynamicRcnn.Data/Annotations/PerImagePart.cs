namespace DynamicRcnn.Data;

/// <summary>A split whose annotations are those of single images.</summary>
/// <param name="Split">Its name.</param>
/// <param name="Source">The list, folder or table that names its images.</param>
/// <param name="AnnotationFolder">Where the annotations lie.</param>
/// <param name="ImageFolders">Where the image NAME may lie; the first is where it is expected.</param>
/// <param name="Names">In the source's order.</param>
/// <param name="Read">The annotation of a name.</param>
internal sealed record PerImagePart(
    string Split,
    string Source,
    string AnnotationFolder,
    IReadOnlyList<string> ImageFolders,
    IReadOnlyList<string> Names,
    Func<string, ImageAnnotation> Read
)
{
    /// <summary>That of its annotation files; empty where they are rows of a table.</summary>
    internal string Extension { get; init; } = "";

    /// <summary>Images of a flat folder that no annotation belongs to.</summary>
    internal IReadOnlyList<string> Unannotated { get; init; } = [];
}
