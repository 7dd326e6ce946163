using System.Globalization;
using System.Reflection;
using System.Text;

namespace DynamicRcnn.Data;

/// <summary>
/// Unicode's canonical decomposition of names: an annotation tool writes one character for an accented letter where a disk of macOS has two.
/// The program runs without the tables of ICU, with which .NET would know; <c>canonical-pairs.txt</c> holds those of Unicode 15: a
/// character, and the two that it consists of, in hexadecimal digits of four.
/// </summary>
internal static class CanonicalForm
{
    private const int HangulFirst = 0xAC00;
    private const int HangulLast = 0xD7A3;
    private const int LeadFirst = 0x1100;
    private const int VowelFirst = 0x1161;
    private const int TrailFirst = 0x11A7;
    private const int Vowels = 21;
    private const int Trails = 28;
    private const int Digits = 4;

    private static readonly Lazy<Dictionary<char, string>> pairs = new(Read);

    /// <summary>The name with every character taken apart.</summary>
    internal static string Decomposed(string name)
    {
        if (name.All(char.IsAscii))
        {
            return name;
        }
        StringBuilder text = new(name.Length + Digits);
        foreach (char character in name)
        {
            Append(text, character);
        }
        return text.ToString();
    }

    private static void Append(StringBuilder text, char character)
    {
        if (character is >= (char)HangulFirst and <= (char)HangulLast)
        {
            int place = character - HangulFirst;
            text.Append((char)(LeadFirst + (place / (Vowels * Trails))));
            text.Append((char)(VowelFirst + (place % (Vowels * Trails) / Trails)));
            if (place % Trails > 0)
            {
                text.Append((char)(TrailFirst + (place % Trails)));
            }
        }
        else if (!char.IsAscii(character) && pairs.Value.TryGetValue(character, out string? parts))
        {
            Append(text, parts[0]);
            text.Append(parts[1]);
        }
        else
        {
            text.Append(character);
        }
    }

    private static Dictionary<char, string> Read()
    {
        Assembly own = typeof(CanonicalForm).Assembly;
        using Stream stream = own.GetManifestResourceStream("canonical-pairs.txt")!;
        using StreamReader reader = new(stream);
        return reader
            .ReadToEnd()
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .ToDictionary(entry => Character(entry, 0), entry => $"{Character(entry, 1)}{Character(entry, 2)}");
    }

    private static char Character(string entry, int place) =>
        (char)
            ushort.Parse(
                entry.AsSpan(place * Digits, Digits),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture
            );
}
