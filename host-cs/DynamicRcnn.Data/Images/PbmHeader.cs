namespace DynamicRcnn.Data;

/// <summary>The texts that a PBM, PGM or PPM file begins with: its kind, its sides and its largest sample.</summary>
internal static class PbmHeader
{
    /// <summary>Whether a file has fewer samples than its header states.</summary>
    internal static bool EndsEarly(ReadOnlySpan<byte> data)
    {
        int kind = data.Length > 2 ? data[1] - '0' : 0;
        bool bitmap = kind is 1 or 4;
        int at = 2;
        Span<long> stated = [0, 0, 1];
        for (int i = 0; i < (bitmap ? 2 : 3); i++)
        {
            if (!TryNumber(data, ref at, out stated[i]))
            {
                return true;
            }
        }
        (long width, long height, long most) = (stated[0], stated[1], stated[2]);
        int channels = kind is 3 or 6 ? 3 : 1;
        if (kind > 3)
        {
            long row = kind == 4 ? (width + 7) / 8 : width * channels * (most > byte.MaxValue ? 2 : 1);
            return at + 1 + (row * height) > data.Length;
        }
        long wanted = width * height * channels;
        if (bitmap)
        {
            // Digits need nothing between them.
            return data.Length - at < wanted || data[at..].Count((byte)'0') + data[at..].Count((byte)'1') < wanted;
        }
        while (wanted > 0 && TryNumber(data, ref at, out _))
        {
            wanted--;
        }
        return wanted > 0;
    }

    /// <summary>The next number, behind spaces and comments; no larger than a picture's side can be.</summary>
    private static bool TryNumber(ReadOnlySpan<byte> data, ref int at, out long number)
    {
        number = 0;
        while (at < data.Length && (data[at] == '#' || char.IsWhiteSpace((char)data[at])))
        {
            if (data[at] == '#')
            {
                int line = data[at..].IndexOf((byte)'\n');
                at = line < 0 ? data.Length : at + line;
            }
            else
            {
                at++;
            }
        }
        int start = at;
        while (at < data.Length && char.IsAsciiDigit((char)data[at]))
        {
            number = Math.Min(int.MaxValue, (number * 10) + data[at++] - '0');
        }
        return at > start;
    }
}
