namespace DynamicRcnn.Weights;

/// <summary>Text that a file brings, made fit for a sentence.</summary>
public static class FileText
{
    private const int Longest = 80;

    /// <summary>The text without control characters, cut when it is long: a file must not break or flood the sentence that names it.</summary>
    public static string Shown(string text)
    {
        string cut = text.Length > Longest ? text[..Longest] + "..." : text;
        return string.Concat(cut.Select(letter => char.IsControl(letter) ? '?' : letter));
    }
}
