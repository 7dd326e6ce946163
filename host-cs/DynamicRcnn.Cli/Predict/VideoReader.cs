using System.Globalization;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>Reads the frames of a video one after the other, as many as it has in each second of its mean rate.</summary>
internal sealed class VideoReader : IDisposable
{
    private const string Header = "P6";
    private const int Largest = 255;
    private const int LongestNumber = 9;

    /// <summary>A higher one is a unit of time, as files of a varying rate have it.</summary>
    private const int HighestRate = 240;

    private readonly string path;
    private readonly long maxPixels;
    private readonly Ffmpeg decoder;
    private readonly BufferedStream frames;

    /// <param name="path">The video.</param>
    /// <param name="maxPixels">Frames of more are refused.</param>
    /// <exception cref="ImageException">There is no video in the file.</exception>
    public VideoReader(string path, long maxPixels)
    {
        this.path = path;
        this.maxPixels = maxPixels;
        Rate = RateOf(path);
        // Every frame comes with a header of its own, turned as the video says.
        decoder = Ffmpeg.Start(
            Ffmpeg.Program,
            writes: false,
            [
                .. new[] { "-v", "error", "-nostdin", "-i", Ffmpeg.FileArgument(path), "-map", "0:v:0", "-r", Rate },
                .. "-f image2pipe -c:v ppm -pix_fmt rgb24 pipe:1".Split(' '),
            ]
        );
        frames = new BufferedStream(decoder.Output);
    }

    /// <summary>Frames a second as a fraction, such as 30000/1001.</summary>
    public string Rate { get; }

    /// <summary>The same as a number.</summary>
    public double FramesPerSecond => Fraction(Rate)!.Value;

    /// <summary>What could not be decoded although the video was read to its end; null: nothing.</summary>
    public string? Complaint => decoder.Words;

    /// <summary>The next frame; null at the end.</summary>
    /// <exception cref="ImageException">The video breaks off or cannot be decoded.</exception>
    public RgbImage? Next()
    {
        try
        {
            int first = frames.ReadByte();
            if (first < 0)
            {
                string? words = decoder.End();
                return words is null ? null : throw Unreadable(path, words);
            }

            if (first != Header[0] || frames.ReadByte() != Header[1] || frames.ReadByte() != '\n')
            {
                throw Unreadable(path, "the decoder gave no picture");
            }

            (long width, long height) = (Number(), Number());
            if (width < 1 || height < 1 || Number() != Largest)
            {
                throw Unreadable(path, "the decoder gave no picture");
            }

            if (width * height > maxPixels)
            {
                throw new ImageException(
                    $"{path}: its frames have {width} x {height} pixels, more than the limit of {maxPixels} pixels."
                );
            }

            byte[] pixels = new byte[3 * width * height];
            frames.ReadExactly(pixels);
            return new RgbImage((int)width, (int)height, pixels);
        }
        catch (EndOfStreamException)
        {
            throw Unreadable(path, decoder.End() ?? "it breaks off in a frame");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        decoder.Dispose();
        frames.Dispose();
    }

    private static string RateOf(string path)
    {
        using var probe = Ffmpeg.Start(
            Ffmpeg.Probe,
            writes: false,
            [
                .. "-v error -select_streams v:0 -show_entries stream=avg_frame_rate,r_frame_rate".Split(' '),
                .. new[] { "-of", "default=noprint_wrappers=1", Ffmpeg.FileArgument(path) },
            ]
        );
        using var output = new StreamReader(probe.Output);
        string[] lines = output.ReadToEnd().Split('\n');
        string? words = probe.End();
        if (words is not null)
        {
            throw Unreadable(path, words);
        }

        string[] rates = ["avg_frame_rate=", "r_frame_rate="];
        return rates
                .SelectMany(name =>
                    lines
                        .Where(line => line.StartsWith(name, StringComparison.Ordinal))
                        .Select(line => line[name.Length..])
                )
                .FirstOrDefault(rate => Fraction(rate) is > 0 and <= HighestRate)
            ?? throw Unreadable(path, $"there is no video with a frame rate of up to {HighestRate} in it");
    }

    private static double? Fraction(string text) =>
        text.Split('/') is [var over, var under]
        && double.TryParse(over, CultureInfo.InvariantCulture, out double a)
        && double.TryParse(under, CultureInfo.InvariantCulture, out double b)
        && b > 0
            ? a / b
            : null;

    /// <summary>A number and the character behind it.</summary>
    private long Number()
    {
        long value = 0;
        for (int digits = 0; ; digits++)
        {
            int next = frames.ReadByte();
            if (next < 0)
            {
                throw new EndOfStreamException();
            }

            if (!char.IsAsciiDigit((char)next) || digits == LongestNumber)
            {
                return digits == 0 ? -1 : value;
            }

            value = (10 * value) + (next - '0');
        }
    }

    private static ImageException Unreadable(string path, string words) =>
        new($"{path}: ffmpeg cannot read the video: {words.TrimEnd('.')}.");
}
