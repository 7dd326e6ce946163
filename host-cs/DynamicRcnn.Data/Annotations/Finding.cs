namespace DynamicRcnn.Data;

/// <summary>
/// What was wrong with an item that the data set goes on without, up to <see cref="MissingBox"/>, or had to be read in another way than written.
/// </summary>
public enum FindingKind
{
    /// <summary>A box without width or height, or with numbers that are none.</summary>
    ZeroAreaBox,

    /// <summary>A box that lies outside its image, wholly or in part; it is clipped or left out.</summary>
    BoxOutside,

    /// <summary>An annotation of a category that the file does not list.</summary>
    UnknownCategory,

    /// <summary>An annotation of an image that the file does not list.</summary>
    UnknownImage,

    /// <summary>An id that was there before.</summary>
    DuplicateId,

    /// <summary>The same box of the same class twice in an image.</summary>
    DuplicateBox,

    /// <summary>An image file that does not exist.</summary>
    MissingImage,

    /// <summary>An image that cannot be decoded.</summary>
    UndecodableImage,

    /// <summary>An image whose size is not the stated one.</summary>
    SizeMismatch,

    /// <summary>A file name that leads out of the image folder.</summary>
    NameOutsideFolder,

    /// <summary>A label file, or a line or object of one, that is missing or cannot be read.</summary>
    UnreadableLabel,

    /// <summary>An annotation with neither a box nor a polygon.</summary>
    MissingBox,

    /// <summary>An annotation id that is missing, no number or 0; the annotations are numbered anew.</summary>
    RenumberedId,

    /// <summary>A box made of a polygon, or of an oriented box: the rectangle that encloses it.</summary>
    BoxFromPolygon,

    /// <summary>An image whose size is not stated; that of its file's header is taken.</summary>
    SizeFromHeader,

    /// <summary>A file name that two images have.</summary>
    SharedFile,

    /// <summary>Columns behind a box that are not read.</summary>
    ExtraColumns,

    /// <summary>A path of another machine, whose end names a file of the data set.</summary>
    ForeignPath,

    /// <summary>A place that a file names and that is not there; another was taken, or none.</summary>
    OtherPlace,

    /// <summary>Data beside those that were read.</summary>
    PassedOver,

    /// <summary>An image that no annotation names.</summary>
    Unannotated,

    /// <summary>An image of the training split in another.</summary>
    SharedImage,

    /// <summary>A picture of one split that is one of another in a second file: equal, scaled or compressed again.</summary>
    CopiedImage,

    /// <summary>A class name that cannot be shown as it is, or that two classes have.</summary>
    ClassName,

    /// <summary>A value outside of what it can be.</summary>
    OddValue,

    /// <summary>A file among the images that is none.</summary>
    NoPicture,

    /// <summary>A JPEG without its end marker, or with something behind it.</summary>
    JpegEnd,

    /// <summary>An image that EXIF turns, and whose boxes had to be turned too or may belong to the stored picture.</summary>
    TurnedImage,

    /// <summary>Classes of the training split that another split does not list.</summary>
    MissingClasses,

    /// <summary>What a training run refuses.</summary>
    Refused,
}

/// <summary>One thing that is wrong with a data set.</summary>
/// <param name="Kind">What.</param>
/// <param name="File">Where it was found.</param>
/// <param name="Message">One sentence with the field, the value and what was done.</param>
public sealed record Finding(FindingKind Kind, string File, string Message)
{
    /// <summary>One sentence with the field, the value and what was done, of characters that a terminal shows.</summary>
    public string Message { get; init; } = AnnotationText.Sentence(Message);

    /// <summary>The file, and the field or line of it.</summary>
    public string Place { get; init; } = File;

    /// <summary>How many such things the finding stands for: this one, and those after it that are not listed.</summary>
    public int Count { get; init; } = 1;
}

/// <summary>What the kinds of findings have in common.</summary>
public static class FindingKinds
{
    /// <summary>Whether something of the data set is lost; otherwise it was only read in another way than written.</summary>
    public static bool IsLoss(this FindingKind kind) => kind is <= FindingKind.MissingBox or FindingKind.Refused;
}
