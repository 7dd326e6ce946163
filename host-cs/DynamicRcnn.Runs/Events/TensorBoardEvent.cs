using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Runs;

/// <summary>One event of an event file: values of one step, by tag. Field numbers are those of TensorFlow's event.proto and summary.proto.</summary>
/// <param name="step">The iteration.</param>
/// <param name="wallTime">Seconds since 1970.</param>
internal sealed class TensorBoardEvent(long step, double wallTime)
{
    private const int WallTimeField = 1;
    private const int StepField = 2;
    private const int VersionField = 3;
    private const int SummaryField = 5;
    private const int ValueField = 1;
    private const int TagField = 1;
    private const int Rgb = 3;
    private const int Quality = 80;

    private readonly ProtobufMessage summary = new();

    /// <summary>What every event file begins with.</summary>
    internal static byte[] FileVersion(double wallTime) =>
        new ProtobufMessage().Double(WallTimeField, wallTime).Text(VersionField, "brain.Event:2").ToArray();

    internal TensorBoardEvent Scalar(string tag, double value) => Value(tag, message => message.Float(2, (float)value));

    /// <param name="tag">Its name.</param>
    /// <param name="picture">Written as a JPEG.</param>
    internal TensorBoardEvent Picture(string tag, RgbImage picture)
    {
        ProtobufMessage image = new ProtobufMessage()
            .Integer(1, picture.Height)
            .Integer(2, picture.Width)
            .Integer(3, Rgb)
            .Bytes(4, ImageCodec.EncodeJpeg(picture, Quality));
        return Value(tag, value => value.Message(4, image));
    }

    /// <summary>A histogram; its moments are those of values in the middle of their bins.</summary>
    internal TensorBoardEvent Distribution(string tag, IoUHistogram histogram)
    {
        (double Middle, double Count)[] bins =
        [
            .. histogram.Limits.Zip(histogram.Counts, (limit, count) => (limit - (histogram.Limits[0] / 2), count)),
        ];
        ProtobufMessage message = new ProtobufMessage()
            .Double(1, 0)
            .Double(2, histogram.Limits[^1])
            .Double(3, histogram.Counts.Sum())
            .Double(4, bins.Sum(bin => bin.Middle * bin.Count))
            .Double(5, bins.Sum(bin => bin.Middle * bin.Middle * bin.Count))
            .Doubles(6, histogram.Limits)
            .Doubles(7, histogram.Counts);
        return Value(tag, value => value.Message(5, message));
    }

    internal byte[] ToArray() =>
        new ProtobufMessage()
            .Double(WallTimeField, wallTime)
            .Integer(StepField, step)
            .Message(SummaryField, summary)
            .ToArray();

    /// <summary>The step of an event's bytes; null when they are no event. The file's version counts as step 0.</summary>
    internal static long? StepOf(ReadOnlySpan<byte> bytes)
    {
        // Every event here begins with its wall time, and goes on with its step where it has one.
        const int WallTimeBytes = 1 + sizeof(double);
        if (bytes.Length <= WallTimeBytes || bytes[0] != (WallTimeField << 3 | 1))
        {
            return null;
        }
        if (bytes[WallTimeBytes] != StepField << 3)
        {
            return 0;
        }
        long step = 0;
        int shift = 0;
        foreach (byte part in bytes[(WallTimeBytes + 1)..])
        {
            step |= (long)(part & 0x7f) << shift;
            shift += 7;
            if (part < 0x80)
            {
                return step;
            }
            if (shift > 63)
            {
                return null;
            }
        }
        return null;
    }

    private TensorBoardEvent Value(string tag, Action<ProtobufMessage> fill)
    {
        ProtobufMessage value = new ProtobufMessage().Text(TagField, tag);
        fill(value);
        summary.Message(ValueField, value);
        return this;
    }
}
