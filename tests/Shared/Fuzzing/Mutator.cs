using System.Text;

namespace DynamicRcnn.Tests.Fuzzing;

/// <summary>Damages bytes, each time in one way, as a generator decides.</summary>
/// <param name="insertions">What the format gives a meaning to: instructions, openings of nested values, values that hold themselves.</param>
internal sealed class Mutator(byte[][] insertions)
{
    private const int LongestSlice = 64;
    private const int MostRepeats = 5000;

    private static readonly long[] numbers =
    [
        0,
        -1,
        int.MaxValue,
        int.MinValue,
        uint.MaxValue,
        long.MaxValue,
        long.MinValue,
        1L << 62,
        Array.MaxLength,
    ];

    /// <summary>A changed copy of at least one byte.</summary>
    public byte[] Mutated(byte[] whole, Random random) =>
        random.Next(10) switch
        {
            0 => Flipped(whole, random),
            1 => WithNumber(whole, random),
            2 or 8 or 9 => WithDigits(whole, random),
            3 => whole[..Math.Max(1, random.Next(whole.Length))],
            4 => Inserted(whole, random.Next(whole.Length), Slice(whole, random)),
            5 => Inserted(whole, Place(whole, random), Repeated(Slice(whole, random), random)),
            6 => Inserted(whole, Place(whole, random), insertions[random.Next(insertions.Length)]),
            _ => Inserted(whole, Place(whole, random), Repeated(insertions[random.Next(insertions.Length)], random)),
        };

    private static byte[] Flipped(byte[] whole, Random random)
    {
        byte[] changed = [.. whole];
        for (int flip = random.Next(4); flip >= 0; flip--)
        {
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
        }
        return changed;
    }

    private static byte[] WithNumber(byte[] whole, Random random)
    {
        byte[] changed = [.. whole];
        byte[] number = BitConverter.GetBytes(numbers[random.Next(numbers.Length)])[..(4 << random.Next(2))];
        int at = random.Next(changed.Length);
        number.AsSpan(0, Math.Min(number.Length, changed.Length - at)).CopyTo(changed.AsSpan(at));
        return changed;
    }

    /// <summary>A number that is spelt in digits becomes another one.</summary>
    private static byte[] WithDigits(byte[] whole, Random random)
    {
        int[] starts =
        [
            .. Enumerable.Range(0, whole.Length).Where(at => IsDigit(whole, at) && !IsDigit(whole, at - 1)),
        ];
        if (starts.Length == 0)
        {
            return Flipped(whole, random);
        }
        int start = starts[random.Next(starts.Length)];
        int end = start;
        while (IsDigit(whole, end))
        {
            end++;
        }
        return
        [
            .. whole[..start],
            .. Encoding.ASCII.GetBytes($"{numbers[random.Next(numbers.Length)]}"),
            .. whole[end..],
        ];
    }

    private static bool IsDigit(byte[] whole, int at) =>
        at >= 0 && at < whole.Length && char.IsAsciiDigit((char)whole[at]);

    private static byte[] Slice(byte[] whole, Random random)
    {
        int from = random.Next(whole.Length);
        return whole[from..(from + 1 + random.Next(Math.Min(LongestSlice, whole.Length - from)))];
    }

    private static byte[] Repeated(byte[] part, Random random) =>
        [.. Enumerable.Repeat(part, 1 + random.Next(1 + (MostRepeats / part.Length))).SelectMany(bytes => bytes)];

    /// <summary>Anywhere, but often before the last byte: there a pickle's value is complete.</summary>
    private static int Place(byte[] whole, Random random) =>
        random.Next(3) == 0 ? whole.Length - 1 : random.Next(whole.Length);

    private static byte[] Inserted(byte[] whole, int at, byte[] part) => [.. whole[..at], .. part, .. whole[at..]];
}
