using System.Buffers.Binary;

namespace DynamicRcnn.Data;

/// <summary>The first directory of TIFF's structure, as TIFF files and EXIF have it; Big TIFF too. Nothing but the directory and what is asked for is read.</summary>
internal sealed class TiffDirectory
{
    private const int MostEntries = 1 << 16;
    private const int Classic = 42;
    private const int Big = 43;
    private readonly Stream file;
    private readonly bool little;
    private readonly bool big;
    private readonly Dictionary<int, Entry> entries = [];

    private TiffDirectory(Stream file, bool little, bool big) =>
        (this.file, this.little, this.big) = (file, little, big);

    /// <summary>The directory, as far as it is there; null where there is none.</summary>
    /// <param name="file">Read from its beginning.</param>
    internal static TiffDirectory? Read(Stream file)
    {
        Span<byte> header = stackalloc byte[16];
        file.Position = 0;
        header = header[..file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false)];
        bool little = header.StartsWith("II"u8);
        if (header.Length < 8 || (!little && !header.StartsWith("MM"u8)))
        {
            return null;
        }
        int version = little ? header[2] | (header[3] << 8) : header[3] | (header[2] << 8);
        TiffDirectory directory = new(file, little, version == Big);
        int place = directory.big ? 8 : 4;
        if (version is not (Classic or Big) || header.Length < place + directory.WordBytes)
        {
            return null;
        }
        directory.ReadEntries(directory.Number(header.Slice(place, directory.WordBytes)));
        return directory;
    }

    /// <summary>An offset's or count's width.</summary>
    private int WordBytes => big ? 8 : 4;

    /// <summary>The first 16 bits of a tag's value field, whatever type it states; null where the tag is missing.</summary>
    internal int? Short(int tag)
    {
        Span<byte> two = stackalloc byte[2];
        return entries.TryGetValue(tag, out Entry entry) && TryRead(entry.Place, two) ? (int)Number(two) : null;
    }

    /// <summary>The whole numbers of a tag, as many as the file has room for; none where it is missing or has another type.</summary>
    internal long[] Values(int tag)
    {
        if (!entries.TryGetValue(tag, out Entry entry))
        {
            return [];
        }
        int width = entry.Type switch
        {
            3 => 2,
            4 or 13 => 4,
            16 or 18 => 8,
            _ => 0,
        };
        Span<byte> word = stackalloc byte[8];
        long place = entry.Place;
        if (width == 0 || (entry.Count > WordBytes / width && !TryPlace(entry.Place, out place)))
        {
            return [];
        }
        long[] values = new long[Math.Min(entry.Count, Math.Max(0, file.Length - place) / width)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = TryRead(place + ((long)i * width), word[..width]) ? Number(word[..width]) : 0;
        }
        return values;
    }

    private void ReadEntries(long place)
    {
        int countBytes = big ? 8 : 2;
        int entryBytes = big ? 20 : 12;
        Span<byte> bytes = stackalloc byte[20];
        if (!TryRead(place, bytes[..countBytes]))
        {
            return;
        }
        long count = Math.Min(Number(bytes[..countBytes]), MostEntries);
        for (long at = place + countBytes; count > 0 && TryRead(at, bytes[..entryBytes]); count--, at += entryBytes)
        {
            // The first counts, as for others.
            entries.TryAdd(
                (int)Number(bytes[..2]),
                new Entry((int)Number(bytes[2..4]), Number(bytes.Slice(4, WordBytes)), at + 4 + WordBytes)
            );
        }
    }

    private bool TryPlace(long at, out long place)
    {
        Span<byte> word = stackalloc byte[8];
        bool read = TryRead(at, word[..WordBytes]);
        place = Number(word[..WordBytes]);
        return read;
    }

    private bool TryRead(long place, Span<byte> bytes)
    {
        if (place > file.Length - bytes.Length)
        {
            return false;
        }
        file.Position = place;
        return file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length;
    }

    /// <summary>Never negative: what exceeds 63 bits becomes the most that they hold.</summary>
    private long Number(ReadOnlySpan<byte> bytes) =>
        bytes.Length switch
        {
            2 => little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes),
            4 => little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes),
            _ => (long)
                Math.Min(
                    little
                        ? BinaryPrimitives.ReadUInt64LittleEndian(bytes)
                        : BinaryPrimitives.ReadUInt64BigEndian(bytes),
                    long.MaxValue
                ),
        };

    /// <summary>An entry, and where its value field lies.</summary>
    private readonly record struct Entry(int Type, long Count, long Place);
}
