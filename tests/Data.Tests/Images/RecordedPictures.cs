namespace DynamicRcnn.Data.Tests.Images;

/// <summary>A file of recorded-pictures.txt.</summary>
/// <param name="Name">Its format and kind.</param>
/// <param name="File">The whole file.</param>
/// <param name="Pixels">What Pillow gives.</param>
internal sealed record RecordedPicture(string Name, byte[] File, RgbImage Pixels)
{
    internal string Format => Name.Split(' ')[0];
}

/// <summary>Small files of every format but JPEG and PNG that recorded_pictures.py wrote.</summary>
internal static class RecordedPictures
{
    internal static IReadOnlyList<RecordedPicture> All { get; } = [.. Read()];

    internal static IEnumerable<string> Formats => All.Select(picture => picture.Format).Distinct();

    internal static RecordedPicture Named(string name) => All.Single(picture => picture.Name == name);

    private static IEnumerable<RecordedPicture> Read()
    {
        using Stream stream = typeof(RecordedPictures).Assembly.GetManifestResourceStream("recorded-pictures.txt")!;
        using StreamReader reader = new(stream);
        while (reader.ReadLine() is { } line)
        {
            string[] parts = line.Split(' ');
            string[] values = parts[^4..];
            RgbImage pixels = new(Integer(values[0]), Integer(values[1]), Convert.FromBase64String(values[3]));
            yield return new(string.Join(' ', parts[..^4]), Convert.FromBase64String(values[2]), pixels);
        }
    }

    private static int Integer(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
