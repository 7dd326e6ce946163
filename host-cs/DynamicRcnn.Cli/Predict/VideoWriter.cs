using System.Globalization;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>Writes frames as a video in MP4, without sound. It has its name once it is whole.</summary>
internal sealed class VideoWriter : IDisposable
{
    private readonly string path;
    private readonly string temporary;
    private readonly ImageSize size;
    private readonly Ffmpeg encoder;

    /// <param name="path">The video.</param>
    /// <param name="rate">Frames a second, as a fraction.</param>
    /// <param name="size">Of each frame.</param>
    /// <exception cref="IOException">ffmpeg cannot be started.</exception>
    public VideoWriter(string path, string rate, ImageSize size)
    {
        this.path = path;
        this.size = size;
        temporary = $"{path}.{Environment.ProcessId}.tmp";
        File.Delete(temporary); // of a process that was killed and had this number
        string sides = string.Create(CultureInfo.InvariantCulture, $"{size.Width}x{size.Height}");
        // The usual coding of colours takes pixels in pairs; odd sides get a black row or column.
        encoder = Ffmpeg.Start(
            Ffmpeg.Program,
            writes: true,
            [
                .. new[] { "-v", "error", "-n", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", sides, "-r", rate },
                .. "-i pipe:0 -vf pad=ceil(iw/2)*2:ceil(ih/2)*2 -pix_fmt yuv420p".Split(' '),
                .. new[] { "-movflags", "+faststart", "-f", "mp4", Ffmpeg.FileArgument(temporary) },
            ]
        );
    }

    /// <summary>A further frame.</summary>
    /// <exception cref="ImageException">It has another size than the first.</exception>
    /// <exception cref="IOException">The video cannot be written.</exception>
    public void Write(RgbImage frame)
    {
        if (frame.Width != size.Width || frame.Height != size.Height)
        {
            throw new ImageException(
                $"{path}: a frame has {frame.Width} x {frame.Height} pixels, the first {size.Width} x {size.Height}; expected one size."
            );
        }

        try
        {
            encoder.Input.Write(frame.Pixels);
        }
        catch (IOException)
        {
            throw Unwritable();
        }
    }

    /// <summary>Gives the video its name.</summary>
    /// <exception cref="IOException">The video cannot be written.</exception>
    public void Finish()
    {
        try
        {
            encoder.Input.Close();
        }
        catch (IOException)
        {
            throw Unwritable();
        }

        if (encoder.End() is not null)
        {
            throw Unwritable();
        }

        File.Move(temporary, path, overwrite: false);
    }

    /// <summary>Removes a video that was not finished.</summary>
    public void Dispose()
    {
        encoder.Dispose();
        File.Delete(temporary);
    }

    private IOException Unwritable() =>
        new($"{path}: ffmpeg cannot write the video: {encoder.End() ?? "it broke off"}");
}
