namespace DynamicRcnn.Data;

/// <summary>A split of a Pascal VOC data set.</summary>
/// <param name="Split">Its name.</param>
/// <param name="Source">The list or folder that names its images.</param>
/// <param name="AnnotationFolder">Where NAME.xml lies.</param>
/// <param name="ImageFolders">Where the image NAME may lie.</param>
/// <param name="Names">In the list's order.</param>
/// <param name="Unannotated">Images of a flat folder that no annotation belongs to.</param>
internal sealed record VocPart(
    string Split,
    string Source,
    string AnnotationFolder,
    IReadOnlyList<string> ImageFolders,
    IReadOnlyList<string> Names,
    IReadOnlyList<string> Unannotated
);
