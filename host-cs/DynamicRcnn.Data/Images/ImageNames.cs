namespace DynamicRcnn.Data;

/// <summary>The formats that are read, by the names of their files. What a file holds is decided by its contents alone.</summary>
public static class ImageNames
{
    /// <summary>Extensions of image files, in the order in which they are looked for.</summary>
    public static IReadOnlyList<string> Extensions { get; } =
    [".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".tga", ".ppm", ".pgm", ".pbm"];

    /// <summary>Whether a file is an image by its name, whatever the case of its extension.</summary>
    public static bool IsImage(string path) =>
        Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);
}
