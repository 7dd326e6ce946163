using System.Globalization;

namespace DynamicRcnn.Data;

/// <summary>What the readers of plain text and XML share.</summary>
internal static class AnnotationText
{
    private const int LongestQuote = 40;

    /// <summary>A file that is gone or closed to us, and no fault of the program.</summary>
    internal static bool IsUnreadable(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <exception cref="DataException">The file cannot be read.</exception>
    internal static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception error) when (IsUnreadable(error))
        {
            throw new DataException($"{file}: the file cannot be read: {error.Message}", error);
        }
    }

    internal static bool TryNumber(string? text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    internal static string Quote(string text) =>
        text.Length > LongestQuote ? $"'{text[..LongestQuote]}...'" : $"'{text}'";
}
