using System.Text;
using System.Text.RegularExpressions;

namespace DynamicRcnn.Data;

/// <summary>Opens XML in whatever encoding it declares; XML itself knows Unicode's alone.</summary>
internal static partial class XmlEncoding
{
    /// <summary>More than a declaration has.</summary>
    private const int Beginning = 256;

    /// <summary>The text of a stream.</summary>
    /// <param name="stream">From its beginning.</param>
    /// <exception cref="NotSupportedException">Nobody knows the encoding; the message is its name.</exception>
    internal static TextReader Open(Stream stream)
    {
        byte[] bytes = new byte[Beginning];
        int count = stream.ReadAtLeast(bytes, Beginning, throwOnEndOfStream: false);
        stream.Position = 0;
        if (count > 1 && (bytes[0] == 0 || bytes[1] == 0))
        {
            return new StreamReader(stream, bytes[0] == 0 ? Encoding.BigEndianUnicode : Encoding.Unicode);
        }
        Match declared = Declaration().Match(Encoding.Latin1.GetString(bytes, 0, count));
        string name = declared.Success ? declared.Groups[1].Value : "utf-8";
        // A declaration that can be read byte by byte is not in UTF-16, whatever it says.
        Encoding encoding = name.StartsWith("utf-16", StringComparison.OrdinalIgnoreCase)
            ? Strict("utf-8")
            : Strict(name);
        return new StreamReader(stream, encoding, detectEncodingFromByteOrderMarks: true);
    }

    private static Encoding Strict(string name)
    {
        Encoding? known = CodePagesEncodingProvider.Instance.GetEncoding(
            name,
            EncoderFallback.ExceptionFallback,
            DecoderFallback.ExceptionFallback
        );
        try
        {
            return known
                ?? Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (ArgumentException error)
        {
            throw new NotSupportedException(name, error);
        }
    }

    [GeneratedRegex("""^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']""")]
    private static partial Regex Declaration();
}
