namespace DynamicRcnn.Data;

/// <summary>The classes of a YOLO data set and the file that names them.</summary>
internal sealed record YoloNames(string File, IReadOnlyList<string> Names)
{
    /// <summary>How far above a folder of images its data set may begin: <c>data/images/train</c>.</summary>
    private const int Levels = 3;

    /// <summary>Those of the nearest folder, from this one on, that has such a file; null where there is none.</summary>
    /// <exception cref="DataException">The file cannot be used.</exception>
    internal static YoloNames? Above(string folder)
    {
        string? place = Path.GetFullPath(folder);
        for (int level = 0; level < Levels && place is not null; level++)
        {
            if (ClassFileOf(place) is { } classes)
            {
                return new YoloNames(classes, ClassFile.Read(classes));
            }
            YoloDataFile? data =
                YoloDataFile.Find(place) is { } yaml ? YoloDataFile.Read(yaml)
                : DarknetFile.Find(place) is { } darknet ? DarknetFile.Read(darknet)
                : null;
            if (data is not null)
            {
                return new YoloNames(data.File, data.Names);
            }
            place = Path.GetDirectoryName(place);
        }
        return null;
    }

    /// <summary>The plain list of classes of a folder, or of its folder of labels.</summary>
    internal static string? ClassFileOf(string folder) =>
        FolderNames.Folder(folder, "labels") is { } labels ? ClassFile.Find(folder, labels) : ClassFile.Find(folder);
}
