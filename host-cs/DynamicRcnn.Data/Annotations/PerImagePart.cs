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
    /// <summary>What was found about its source as a whole.</summary>
    internal IReadOnlyList<Finding> Findings { get; init; } = [];
}
