namespace DynamicRcnn.Data;

/// <summary>Looks at how a JPEG file ends. Others cut it off after its marker, or put something behind it, and most programs read it all the same.</summary>
public static class JpegEnd
{
    private const byte Start = 0xFF;
    private const byte End = 0xD9;
    private const byte Scan = 0xDA;

    /// <summary>What is odd about a file's end, as a clause; null when nothing is, or when the file is no JPEG or cannot be read.</summary>
    public static string? Oddity(string path)
    {
        try
        {
            using Stream file = InputFile.Open(path);
            if (!Reads(file, 0, [Start, 0xD8]) || Reads(file, file.Length - 2, [Start, End]))
            {
                return null;
            }
            byte[] data = InputFile.Bytes(path);
            int end = Find(data);
            return end < 0
                ? "the JPEG lacks its end marker, so the file may have been cut off"
                : $"{data.Length - end} bytes follow the JPEG's end marker";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool Reads(Stream file, long place, ReadOnlySpan<byte> expected)
    {
        file.Position = Math.Max(0, place);
        Span<byte> read = stackalloc byte[2];
        return file.ReadAtLeast(read, read.Length, throwOnEndOfStream: false) == read.Length
            && read.SequenceEqual(expected);
    }

    /// <summary>The place behind a JPEG's end marker, past any that belong to previews in its segments; -1 when there is none.</summary>
    internal static int Find(ReadOnlySpan<byte> data)
    {
        bool scanning = false;
        for (int at = 2; at + 1 < data.Length; )
        {
            if (scanning)
            {
                int next = data[at..].IndexOf(Start);
                if (next < 0)
                {
                    return -1;
                }
                at += next;
            }
            else if (data[at] != Start)
            {
                return -1;
            }
            if (at + 1 >= data.Length)
            {
                return -1;
            }
            byte marker = data[at + 1];
            if (marker == End)
            {
                return at + 2;
            }
            bool alone = marker is 0 or 0x01 or (>= 0xD0 and <= 0xD7);
            if (marker == Start || alone)
            {
                at += alone ? 2 : 1;
                continue;
            }
            if (at + 3 >= data.Length)
            {
                return -1;
            }
            scanning = marker == Scan;
            at += 2 + Math.Max(2, (data[at + 2] << 8) | data[at + 3]);
        }
        return -1;
    }
}
