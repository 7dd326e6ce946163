using System.Globalization;

namespace DynamicRcnn.Data;

/// <summary>What the readers of plain text and XML share.</summary>
internal static class AnnotationText
{
    private const int LongestQuote = 40;
    private const int LongestSentence = 2_000;

    /// <summary>A file that is gone or closed to us, and no fault of the program.</summary>
    internal static bool IsUnreadable(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <exception cref="DataException">The file cannot be read, or is no text.</exception>
    internal static string[] Lines(string file)
    {
        try
        {
            string[] lines = InputFile.Lines(file);
            // An image, or another file of bytes; no path may hold the character 0.
            return lines.Any(line => line.Contains('\0', StringComparison.Ordinal))
                ? throw new DataException($"{file}: this is no text; expected lines of text.")
                : lines;
        }
        catch (Exception error) when (IsUnreadable(error))
        {
            throw new DataException($"{file}: the file cannot be read: {error.Message}", error);
        }
    }

    internal static bool TryNumber(string? text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    /// <summary>A finding whose sentence begins with the file and the line.</summary>
    internal static Finding OfLine(FindingKind kind, string file, int line, string text) =>
        new(kind, file, $"{file}: line {line}: {text}.") { Place = $"{file}: line {line}" };

    /// <summary>The text with the code of each character that a terminal would not show but obey.</summary>
    internal static string Shown(string text) =>
        text.All(IsShown)
            ? text
            : string.Concat(text.Select(character => IsShown(character) ? $"{character}" : $"\\u{(int)character:x4}"));

    /// <summary>A sentence as it may reach a terminal, whatever it quotes; a very long one without its middle.</summary>
    internal static string Sentence(string text) =>
        Shown(
            text.Length > LongestSentence ? $"{text[..(LongestSentence / 2)]}...{text[^(LongestSentence / 2)..]}" : text
        );

    private static bool IsShown(char character) =>
        !char.IsControl(character)
        && char.GetUnicodeCategory(character)
            is not (UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    internal static string Quote(string text) =>
        text.Length > LongestQuote ? $"'{text[..LongestQuote]}...'" : $"'{text}'";
}
