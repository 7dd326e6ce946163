using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using DynamicRcnn.Data;
using Xunit;

namespace DynamicRcnn.Training.Tests.Runs;

/// <summary>An event as it stands in a file.</summary>
/// <param name="Step">The iteration; null where the event has none.</param>
/// <param name="Version">The file's version, in the first event alone.</param>
/// <param name="IsStart">Whether a run begins or goes on with the step.</param>
/// <param name="Scalars">By tag.</param>
/// <param name="Histograms">By tag: upper ends of the bins and counts in them.</param>
/// <param name="Pictures">By tag.</param>
internal sealed record ReadEvent(
    long? Step,
    string? Version,
    bool IsStart,
    IReadOnlyDictionary<string, float> Scalars,
    IReadOnlyDictionary<string, (double[] Limits, double[] Counts)> Histograms,
    IReadOnlyDictionary<string, RgbImage> Pictures
);

/// <summary>Reads an event file byte by byte from the descriptions of the format alone: every sum and every field is checked.</summary>
internal static class EventFileReader
{
    /// <summary>
    /// What TensorBoard shows of a run: its files in the order of their names, where a start drops what was said before of its step and of later ones.
    /// </summary>
    public static List<ReadEvent> Shown(string run)
    {
        List<ReadEvent> shown = [];
        foreach (string file in Directory.GetFiles(run, "*tfevents*").Order(StringComparer.Ordinal))
        {
            foreach (ReadEvent read in Read(file))
            {
                shown.RemoveAll(earlier => read.IsStart && earlier.Step >= read.Step);
                shown.Add(read);
            }
        }
        return shown;
    }

    /// <summary>The events of a file, up to its end or half a record there.</summary>
    public static List<ReadEvent> Read(string path)
    {
        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        List<ReadEvent> events = [];
        while (rest.Length >= 16 && BinaryPrimitives.ReadUInt64LittleEndian(rest) <= (ulong)(rest.Length - 16))
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(rest));
            Assert.Equal(MaskedSum(rest[..8]), BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]));
            ReadOnlySpan<byte> record = rest.Slice(12, length);
            Assert.Equal(MaskedSum(record), BinaryPrimitives.ReadUInt32LittleEndian(rest[(12 + length)..]));
            events.Add(Event(record));
            rest = rest[(16 + length)..];
        }
        return events;
    }

    private static ReadEvent Event(ReadOnlySpan<byte> record)
    {
        List<Field> fields = Fields(record);
        Assert.True(BitConverter.UInt64BitsToDouble(Assert.Single(fields, field => field.Number == 1).Value) > 1.7e9);
        Field? step = fields.SingleOrDefault(field => field.Number == 2);
        Field? version = fields.SingleOrDefault(field => field.Number == 3);
        Dictionary<string, float> scalars = [];
        Dictionary<string, (double[] Limits, double[] Counts)> histograms = [];
        Dictionary<string, RgbImage> pictures = [];
        foreach (Field summary in fields.Where(field => field.Number == 5))
        {
            foreach (Field value in Fields(summary.Bytes))
            {
                Assert.Equal(1, value.Number);
                List<Field> parts = Fields(value.Bytes);
                string tag = Encoding.UTF8.GetString(Assert.Single(parts, part => part.Number == 1).Bytes);
                if (parts.SingleOrDefault(part => part.Number == 2) is { } scalar)
                {
                    scalars.Add(tag, BitConverter.UInt32BitsToSingle((uint)scalar.Value));
                }
                if (parts.SingleOrDefault(part => part.Number == 5) is { } histogram)
                {
                    histograms.Add(tag, Histogram(histogram.Bytes));
                }
                if (parts.SingleOrDefault(part => part.Number == 4) is { } picture)
                {
                    pictures.Add(tag, Picture(picture.Bytes));
                }
            }
        }
        return new ReadEvent(
            (long?)step?.Value,
            version is null ? null : Encoding.UTF8.GetString(version.Bytes),
            fields.SingleOrDefault(field => field.Number == 7) is { } log
                && Fields(log.Bytes) is [{ Number: 1, Value: 1 }],
            scalars,
            histograms,
            pictures
        );
    }

    private static (double[] Limits, double[] Counts) Histogram(byte[] message)
    {
        List<Field> fields = Fields(message);
        double Moment(int number) =>
            BitConverter.UInt64BitsToDouble(fields.Single(field => field.Number == number).Value);
        double[] Packed(int number) =>
            [.. MemoryMarshal.Cast<byte, double>(fields.Single(field => field.Number == number).Bytes)];
        double[] limits = Packed(6);
        double[] counts = Packed(7);
        Assert.Equal(limits.Length, counts.Length);
        Assert.Equal(limits.Order(), limits);
        Assert.Equal(counts.Sum(), Moment(3), 9);
        Assert.InRange(Moment(4) / Moment(3), Moment(1), Moment(2));
        Assert.True(Moment(5) <= Moment(4), "no IoU is over 1");
        return (limits, counts);
    }

    private static RgbImage Picture(byte[] message)
    {
        List<Field> fields = Fields(message);
        RgbImage decoded = ImageCodec.Decode(fields.Single(field => field.Number == 4).Bytes);
        Assert.Equal([decoded.Height, decoded.Width, 3], fields.Take(3).Select(field => (int)field.Value));
        return decoded;
    }

    private sealed record Field(int Number, ulong Value, byte[] Bytes);

    private static List<Field> Fields(ReadOnlySpan<byte> message)
    {
        List<Field> fields = [];
        while (message.Length > 0)
        {
            ulong key = Varint(ref message);
            int number = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    fields.Add(new Field(number, Varint(ref message), []));
                    break;
                case 1:
                    fields.Add(new Field(number, BinaryPrimitives.ReadUInt64LittleEndian(message), []));
                    message = message[8..];
                    break;
                case 5:
                    fields.Add(new Field(number, BinaryPrimitives.ReadUInt32LittleEndian(message), []));
                    message = message[4..];
                    break;
                case 2:
                    int length = checked((int)Varint(ref message));
                    fields.Add(new Field(number, 0, message[..length].ToArray()));
                    message = message[length..];
                    break;
                default:
                    Assert.Fail($"field {number} is of kind {key & 7}");
                    break;
            }
        }
        return fields;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (int i = 0; ; i++)
        {
            value |= (ulong)(message[i] & 0x7f) << (7 * i);
            if (message[i] < 0x80)
            {
                message = message[(i + 1)..];
                return value;
            }
        }
    }

    /// <summary>CRC-32C bit by bit, masked as TensorFlow's record files have it.</summary>
    private static uint MaskedSum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0xffffffff;
        foreach (byte value in bytes)
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                sum = (sum & 1) == 1 ? (sum >> 1) ^ 0x82f63b78 : sum >> 1;
            }
        }
        sum = ~sum;
        return ((sum >> 15) | (sum << 17)) + 0xa282ead8;
    }
}
