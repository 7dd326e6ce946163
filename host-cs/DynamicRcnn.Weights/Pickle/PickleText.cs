using System.Globalization;
using System.Text;

namespace DynamicRcnn.Weights;

/// <summary>The values of a pickle's text instructions (protocols 0 and 1, Python 2's own), each from the rest of its line.</summary>
internal static class PickleText
{
    private const int HexBase = 16;
    private const int LongestOctal = 3;

    /// <summary>A whole number, Python 2's with an L behind it too; null for anything else.</summary>
    public static long? Whole(ReadOnlySpan<byte> line) =>
        long.TryParse(
            line.EndsWith("L"u8) ? line[..^1] : line,
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out long value
        )
            ? value
            : null;

    /// <summary>A whole number, or one of the two spellings that stand for false and true.</summary>
    public static object? WholeOrTruth(ReadOnlySpan<byte> line) =>
        line.SequenceEqual("00"u8) ? false
        : line.SequenceEqual("01"u8) ? true
        : Whole(line);

    /// <summary>A number with a fraction; null for anything else.</summary>
    public static double? Real(ReadOnlySpan<byte> line) =>
        line.SequenceEqual("inf"u8) ? double.PositiveInfinity
        : line.SequenceEqual("-inf"u8) ? double.NegativeInfinity
        : line.SequenceEqual("nan"u8) ? double.NaN
        : double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value
        : null;

    /// <summary>The bytes of a quoted text with Python's escapes; null when it is not quoted or an escape is broken.</summary>
    public static ReadOnlyMemory<byte>? Quoted(ReadOnlySpan<byte> line)
    {
        if (line.Length < 2 || line[0] != line[^1] || line[0] is not ((byte)'\'' or (byte)'"'))
        {
            return null;
        }
        line = line[1..^1];
        byte[] bytes = new byte[line.Length];
        int count = 0;
        while (line.Length > 0)
        {
            int taken = 1;
            if (line[0] == '\\')
            {
                (taken, int value) = Escape(line);
                if (taken == 0)
                {
                    return null;
                }
                bytes[count++] = (byte)value;
            }
            else
            {
                bytes[count++] = line[0];
            }
            line = line[taken..];
        }
        return bytes.AsMemory(0, count);
    }

    /// <summary>A text whose letters beyond Latin-1 are spelt \uXXXX or \UXXXXXXXX; null when one is broken.</summary>
    public static string? RawUnicode(ReadOnlySpan<byte> line)
    {
        StringBuilder text = new(line.Length);
        while (line.Length > 0)
        {
            int digits =
                !line.StartsWith("\\"u8) || line.Length < 2 ? 0
                : line[1] == 'u' ? 4
                : line[1] == 'U' ? 8
                : 0;
            if (digits == 0)
            {
                text.Append((char)line[0]);
                line = line[1..];
                continue;
            }
            if (line.Length < 2 + digits || Digits(line.Slice(2, digits)) is not { } letter)
            {
                return null;
            }
            if (letter <= char.MaxValue)
            {
                text.Append((char)letter);
            }
            else if (Rune.TryCreate(letter, out Rune rune))
            {
                text.Append(rune.ToString());
            }
            else
            {
                return null;
            }
            line = line[(2 + digits)..];
        }
        return text.ToString();
    }

    /// <returns>How many bytes the escape takes, and its value; 0 bytes for a broken one.</returns>
    private static (int Taken, int Value) Escape(ReadOnlySpan<byte> line)
    {
        if (line.Length < 2)
        {
            return default;
        }
        switch ((char)line[1])
        {
            case 'x':
                return line.Length >= 4 && Digits(line[2..4]) is { } value ? (4, (int)value) : default;
            case >= '0' and <= '7':
                int length = 1;
                int octal = line[1] - '0';
                while (
                    length < LongestOctal
                    && length + 1 < line.Length
                    && line[length + 1] is >= (byte)'0' and <= (byte)'7'
                )
                {
                    octal = (octal * 8) + line[++length] - '0';
                }
                return (1 + length, octal & byte.MaxValue);
            case char other:
                int place = "\\'\"abfnrtv".IndexOf(other, StringComparison.Ordinal);
                return place < 0 ? default : (2, "\\'\"\a\b\f\n\r\t\v"[place]);
        }
    }

    private static uint? Digits(ReadOnlySpan<byte> hexadecimal)
    {
        uint value = 0;
        foreach (byte digit in hexadecimal)
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                return null;
            }
            value = (value * HexBase) + (uint)Convert.ToInt32(((char)digit).ToString(), HexBase);
        }
        return value;
    }
}
