using DynamicRcnn.Core;
using DynamicRcnn.Data;
using Google.Protobuf;
using static DynamicRcnn.Runs.ProtobufMessage;

namespace DynamicRcnn.Runs;

/// <summary>One event of an event file: values of one step, by tag. Field numbers are those of TensorFlow's event.proto and summary.proto.</summary>
/// <param name="step">The iteration.</param>
internal sealed class TensorBoardEvent(long step)
{
    private const int Rgb = 3;
    private const int Quality = 80;
    private const int SessionStart = 1;

    private readonly List<Action<CodedOutputStream>> values = [];

    /// <summary>What every event file begins with.</summary>
    internal static byte[] FileVersion() => Message(Now(), Text(3, "brain.Event:2"));

    /// <summary>A run begins or goes on with a step: TensorBoard drops what earlier files say of that step and of later ones.</summary>
    internal static byte[] Start(long step) =>
        Message(Now(), Integer(2, step), Bytes(7, Message(Integer(1, SessionStart))));

    internal void Scalar(string tag, double value) => Value(tag, Float(2, (float)value));

    /// <param name="tag">Its name.</param>
    /// <param name="picture">Written as a JPEG.</param>
    internal void Picture(string tag, RgbImage picture)
    {
        byte[] image = Message(
            Integer(1, picture.Height),
            Integer(2, picture.Width),
            Integer(3, Rgb),
            Bytes(4, ImageCodec.EncodeJpeg(picture, Quality))
        );
        Value(tag, Bytes(4, image));
    }

    /// <summary>A histogram; its moments are those of values in the middle of their bins.</summary>
    internal void Distribution(string tag, IoUHistogram histogram)
    {
        (double Middle, double Count)[] bins =
        [
            .. histogram.Limits.Zip(histogram.Counts, (limit, count) => (limit - (histogram.Limits[0] / 2), count)),
        ];
        byte[] message = Message(
            Double(1, 0),
            Double(2, histogram.Limits[^1]),
            Double(3, histogram.Counts.Sum()),
            Double(4, bins.Sum(bin => bin.Middle * bin.Count)),
            Double(5, bins.Sum(bin => bin.Middle * bin.Middle * bin.Count)),
            Doubles(6, histogram.Limits),
            Doubles(7, histogram.Counts)
        );
        Value(tag, Bytes(5, message));
    }

    internal byte[] ToArray() => Message(Now(), Integer(2, step), Bytes(5, Message(values)));

    private void Value(string tag, Action<CodedOutputStream> content) =>
        values.Add(Bytes(1, Message(Text(1, tag), content)));

    /// <summary>The wall time, in seconds since 1970.</summary>
    private static Action<CodedOutputStream> Now() => Double(1, (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds);
}
