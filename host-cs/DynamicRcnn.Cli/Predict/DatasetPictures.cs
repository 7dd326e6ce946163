using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>Puts pictures into data sets as every reader takes them.</summary>
internal static class DatasetPictures
{
    private const int FrameQuality = 95;

    /// <summary>
    /// The file itself where it stands upright, is whole and has the extension of a picture that other tools read; else its pixels as PNG. A frame of a video becomes a
    /// JPEG.
    /// </summary>
    /// <param name="seen">The picture.</param>
    /// <param name="folder">Where it goes.</param>
    /// <returns>The file's name.</returns>
    public static string Put(SeenPicture seen, string folder)
    {
        string file = seen.Prediction.File;
        if (seen.Prediction.Frame is null && PlainPicture.Is(file))
        {
            string copy = seen.Stem + Path.GetExtension(file);
            File.Copy(file, Path.Combine(folder, copy));
            return copy;
        }

        bool isFrame = seen.Prediction.Frame is not null;
        string name = seen.Stem + (isFrame ? ".jpg" : ".png");
        byte[] encoded = isFrame ? ImageCodec.EncodeJpeg(seen.Pixels, FrameQuality) : ImageCodec.EncodePng(seen.Pixels);
        AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(encoded));
        return name;
    }

    /// <summary>Names by which the classes of a data set can be told apart.</summary>
    /// <exception cref="UsageException">Two classes have one, or one has characters that no text holds.</exception>
    public static string[] Names(string format, IReadOnlyList<ClassName> classes)
    {
        string[] names = [.. classes.Select(name => name.Name)];
        if (names.FirstOrDefault(name => name.Any(char.IsControl)) is { } odd)
        {
            throw new UsageException([
                $"predict: --format {format}: the class '{string.Concat(odd.Select(letter => char.IsControl(letter) ? '?' : letter))}' has a control character in its name, which the format does not hold",
            ]);
        }

        string? twice = names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null
            ? names
            : throw new UsageException([
                $"predict: --format {format}: two classes of the detector are called '{twice}'; expected a name for each",
            ]);
    }
}
