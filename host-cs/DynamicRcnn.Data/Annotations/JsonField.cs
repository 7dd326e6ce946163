using System.Text;
using System.Text.Json;

namespace DynamicRcnn.Data;

/// <summary>A value in a JSON file that knows its file and its path, so that a complaint about it can name both.</summary>
/// <remarks>The path is put together when it is asked for: of a file with a million boxes hardly any is.</remarks>
/// <param name="file">Where the value is.</param>
/// <param name="parent">The path that the next two go on from; its own, where it has neither.</param>
/// <param name="name">Its key in an object, which is the array's item where there is an index too.</param>
/// <param name="index">Its place in an array, or that of the object which holds it; otherwise -1.</param>
/// <param name="element">The value.</param>
internal readonly struct JsonField(string file, string parent, string? name, int index, JsonElement element)
{
    private const int LongestQuote = 40;

    /// <summary>The package's own limit of values within each other.</summary>
    private const int Deepest = 64;

    /// <summary>The byte order mark that some editors begin a file with.</summary>
    private static ReadOnlySpan<byte> Mark => "\uFEFF"u8;

    internal string File => file;

    internal JsonElement Element => element;

    internal string Path
    {
        get
        {
            string holder = index >= 0 ? $"{parent}[{index}]" : parent;
            return name is null ? holder
                : holder.Length == 0 ? name
                : $"{holder}.{name}";
        }
    }

    /// <summary>The file and the path in it.</summary>
    internal string Place => Path.Length == 0 ? file : $"{System.IO.Path.GetFileName(file)}: {Path}";

    internal bool IsNull => element.ValueKind == JsonValueKind.Null;

    internal bool IsArray => element.ValueKind == JsonValueKind.Array;

    /// <summary>Whether <see cref="Integer"/> would read it.</summary>
    internal bool IsWhole => TryWhole(out _);

    /// <summary>Whether it is the number 1.</summary>
    internal bool IsOne =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double number) && number == 1;

    /// <summary>The bytes of a file as UTF-8, without the mark; Windows' UTF-16 is known by its own.</summary>
    /// <exception cref="DataException">It cannot be read, or is only a pointer to what it should be.</exception>
    internal static byte[] ReadBytes(string file)
    {
        byte[] bytes;
        try
        {
            bytes = InputFile.Bytes(file, Array.MaxLength);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{file}: the file cannot be read: {error.Message}", error);
        }
        return bytes.AsSpan().StartsWith("version https://git-lfs"u8)
                ? throw new DataException(
                    $"{file}: this is a Git LFS pointer, not the file itself; fetch it with 'git lfs pull'."
                )
            : bytes.Length == 0
                ? throw new DataException($"{file}: the file is empty, or no regular file; expected JSON.")
            : AsUtf8(bytes);
    }

    /// <summary>The text as UTF-8 without its mark.</summary>
    internal static byte[] AsUtf8(byte[] bytes) =>
        bytes.AsSpan().StartsWith(Mark) ? bytes[Mark.Length..]
        : bytes is [0xFF, 0xFE, ..] ? Encoding.UTF8.GetBytes(Encoding.Unicode.GetString(bytes, 2, bytes.Length - 2))
        : bytes is [0xFE, 0xFF, ..]
            ? Encoding.UTF8.GetBytes(Encoding.BigEndianUnicode.GetString(bytes, 2, bytes.Length - 2))
        : bytes;

    /// <summary>The refusal of a file that cannot be parsed.</summary>
    internal static DataException NoJson(string file, byte[] bytes, JsonException error) =>
        new($"{file}: {NoJson(bytes, error)}; expected a COCO annotation file.", error);

    /// <summary>Why a file cannot be parsed, as a clause.</summary>
    internal static string NoJson(byte[] bytes, JsonException error)
    {
        string line = $"line {error.LineNumber + 1}";
        try
        {
            Utf8JsonReader json = new(bytes, new JsonReaderOptions { MaxDepth = int.MaxValue });
            while (json.Read()) { }
            return $"{line} has more than {Deepest} values within each other, which is the most that is read";
        }
        catch (JsonException)
        {
            return $"{line} is not JSON";
        }
    }

    /// <summary>A member that must be there.</summary>
    internal JsonField Require(string key) =>
        TryMember(key, out JsonField field) ? field : throw Wrong(element, $"an object with the key '{key}'", Path);

    /// <summary>Whether the member is there, be it null.</summary>
    internal bool Has(string key) => TryMember(key, out _);

    /// <summary>A member that may be missing, for which null stands too.</summary>
    internal bool TryGet(string key, out JsonField field) => TryMember(key, out field) && !field.IsNull;

    private bool TryMember(string key, out JsonField field)
    {
        field = default;
        try
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(key, out JsonElement value))
            {
                return false;
            }
            field = name is null
                ? new JsonField(file, parent, key, index, value)
                : new JsonField(file, Path, key, -1, value);
            return true;
        }
        catch (InvalidOperationException)
        {
            throw Wrong(element, "keys of valid Unicode", Path); // half of a surrogate pair
        }
    }

    internal IEnumerable<JsonField> Items()
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(element, "an array", Path);
        }
        string own = Path;
        int place = 0;
        foreach (JsonElement item in element.EnumerateArray())
        {
            yield return new JsonField(file, own, null, place++, item);
        }
    }

    internal string Text()
    {
        try
        {
            return element.ValueKind == JsonValueKind.String
                ? element.GetString()!
                : throw Wrong(element, "a string", Path);
        }
        catch (InvalidOperationException)
        {
            throw Wrong(element, "a string of valid Unicode", Path); // half of a surrogate pair
        }
    }

    internal long Integer() => TryWhole(out long whole) ? whole : throw Wrong(element, "a whole number", Path);

    private bool TryWhole(out long whole)
    {
        whole = 0;
        if (element.ValueKind != JsonValueKind.Number)
        {
            return false;
        }
        if (element.TryGetInt64(out whole))
        {
            return true;
        }
        double real = element.GetDouble();
        whole = Math.Abs(real) < 1e15 ? (long)real : 0;
        return real == Math.Floor(real) && Math.Abs(real) < 1e15;
    }

    /// <summary>0 or 1, or true or false.</summary>
    internal bool Flag() =>
        element.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number when element.GetDouble() is 0 or 1 => element.GetDouble() == 1,
            _ => throw Wrong(element, "0 or 1", Path),
        };

    /// <summary>A finding about it.</summary>
    /// <param name="kind">What.</param>
    /// <param name="text">What is wrong and what was done.</param>
    internal Finding Found(FindingKind kind, string text) => new(kind, file, $"{Path}: {text}.") { Place = Place };

    internal double Number() =>
        element.ValueKind == JsonValueKind.Number ? element.GetDouble() : throw Wrong(element, "a number", Path);

    /// <summary>A number that is not too large for one.</summary>
    internal double Finite() =>
        Number() is var value && double.IsFinite(value) ? value : throw Wrong("a finite number");

    internal double[] Numbers(int count)
    {
        double[] values = [.. Items().Select(item => item.Finite())];
        return values.Length == count ? values : throw Wrong(element, $"{count} numbers", Path);
    }

    internal DataException Wrong(string expected) => Wrong(element, expected, Path);

    // Python writes numbers that JSON does not have; they were put into quotes to be read at all.
    private static string WithoutQuotes(string raw) =>
        raw is "\"NaN\"" or "\"Infinity\"" or "\"-Infinity\"" ? raw.Trim('"') : raw;

    private static string Raw(JsonElement value)
    {
        try
        {
            return value.GetRawText();
        }
        catch (InvalidOperationException)
        {
            return "text that is no UTF-8";
        }
    }

    private DataException Wrong(JsonElement value, string expected, string where)
    {
        string quote =
            value.ValueKind is JsonValueKind.Object ? "an object"
            : value.ValueKind is JsonValueKind.Array ? $"an array of {value.GetArrayLength()}"
            : WithoutQuotes(Raw(value));
        if (quote.Length > LongestQuote)
        {
            quote = quote[..LongestQuote] + "...";
        }
        string field = where.Length == 0 ? "the whole file" : where;
        return new DataException($"{file}: {field} is {quote}; expected {expected}.");
    }
}
