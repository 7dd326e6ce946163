namespace DynamicRcnn.Data;

/// <summary>An object that an annotation of one image holds.</summary>
/// <param name="Place">Where it starts, such as <c>line 12</c>.</param>
/// <param name="ClassName">Its class.</param>
/// <param name="Quote">Its corners as written.</param>
/// <param name="Box">In 0-based pixels, x2 and y2 exclusive.</param>
/// <param name="Difficult">Pascal VOC's mark.</param>
internal sealed record AnnotatedObject(
    string Place,
    string ClassName,
    string Quote,
    BoxCorners Box,
    bool Difficult = false
);

/// <summary>What is said of one image: an XML file of Pascal VOC, a JSON file of labelme, or rows of a table.</summary>
/// <param name="File">The file that says it.</param>
/// <param name="ImageName">The image's file name as it states it; null where it states none.</param>
/// <param name="Size">The stated size; null where none is stated.</param>
/// <param name="Objects">In the file's order.</param>
/// <param name="BadObjects">A finding for each object that cannot be read as it is written.</param>
/// <param name="Problem">Why nothing of the image can be read; null when it can.</param>
internal sealed record ImageAnnotation(
    string File,
    string? ImageName,
    ImageSize? Size,
    IReadOnlyList<AnnotatedObject> Objects,
    IReadOnlyList<Finding> BadObjects,
    string? Problem
)
{
    /// <summary>The problem of a file that has one, with the file's name.</summary>
    internal string Sentence => $"{File}: {Problem}.";

    internal static ImageAnnotation Unusable(string file, string problem) => new(file, null, null, [], [], problem);
}
