namespace DynamicRcnn.Data;

/// <summary>Pictures that go into data sets as they are, because every reader takes them alike.</summary>
internal static class PlainPicture
{
    /// <summary>Extensions of pictures that other tools read too.</summary>
    private static readonly HashSet<string> readEverywhere = new(StringComparer.OrdinalIgnoreCase)
    {
        ".jpg",
        ".jpeg",
        ".png",
        ".bmp",
        ".webp",
        ".tif",
        ".tiff",
    };

    /// <summary>Whether a picture's file stands upright, is whole and is called like one; else its pixels are written as PNG.</summary>
    /// <exception cref="ImageException">It has no header that can be read.</exception>
    internal static bool Is(string file) =>
        readEverywhere.Contains(Path.GetExtension(file))
        && ImageCodec.ReadFileHeader(file).Orientation == Orientation.Upright
        && JpegEnd.Oddity(file) is null;
}
