using System.Text.Json;

namespace DynamicRcnn.Data;

/// <summary>A value in a JSON file that knows its file and its path, so that a complaint about it can name both.</summary>
internal readonly struct JsonField(string file, string path, JsonElement element)
{
    private const int LongestQuote = 40;

    /// <summary>The byte order mark that some editors begin a file with.</summary>
    private static ReadOnlySpan<byte> Mark => "\uFEFF"u8;

    internal string File => file;

    internal string Path => path;

    internal static JsonDocument Parse(string file)
    {
        byte[] bytes;
        try
        {
            bytes = System.IO.File.ReadAllBytes(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{file}: the file cannot be read: {error.Message}", error);
        }
        if (bytes.AsSpan().StartsWith("version https://git-lfs"u8))
        {
            throw new DataException(
                $"{file}: this is a Git LFS pointer, not the file itself; fetch it with 'git lfs pull'."
            );
        }
        try
        {
            return JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith(Mark) ? Mark.Length : 0));
        }
        catch (JsonException error)
        {
            throw new DataException(
                $"{file}: line {error.LineNumber + 1} is not JSON; expected a COCO annotation file.",
                error
            );
        }
    }

    /// <summary>A member that must be there.</summary>
    internal JsonField Require(string name) =>
        TryGet(name, out JsonField field) ? field : throw Wrong(element, $"an object with the key '{name}'", path);

    internal bool TryGet(string name, out JsonField field)
    {
        field = default;
        try
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out JsonElement value))
            {
                return false;
            }
            field = new JsonField(file, path.Length == 0 ? name : $"{path}.{name}", value);
            return true;
        }
        catch (InvalidOperationException)
        {
            throw Wrong(element, "keys of valid Unicode", path); // half of a surrogate pair
        }
    }

    internal IEnumerable<JsonField> Items()
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(element, "an array", path);
        }
        int index = 0;
        foreach (JsonElement item in element.EnumerateArray())
        {
            yield return new JsonField(file, $"{path}[{index++}]", item);
        }
    }

    internal string Text()
    {
        try
        {
            return element.ValueKind == JsonValueKind.String
                ? element.GetString()!
                : throw Wrong(element, "a string", path);
        }
        catch (InvalidOperationException)
        {
            throw Wrong(element, "a string of valid Unicode", path); // half of a surrogate pair
        }
    }

    internal long Integer()
    {
        if (element.ValueKind == JsonValueKind.Number)
        {
            if (element.TryGetInt64(out long whole))
            {
                return whole;
            }
            double real = element.GetDouble();
            if (real == Math.Floor(real) && Math.Abs(real) < 1e15)
            {
                return (long)real;
            }
        }
        throw Wrong(element, "a whole number", path);
    }

    internal double Number() =>
        element.ValueKind == JsonValueKind.Number ? element.GetDouble() : throw Wrong(element, "a number", path);

    internal double[] Numbers(int count)
    {
        double[] values = [.. Items().Select(item => item.Number())];
        return values.Length == count ? values : throw Wrong(element, $"{count} numbers", path);
    }

    internal DataException Wrong(string expected) => Wrong(element, expected, path);

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
            : Raw(value);
        if (quote.Length > LongestQuote)
        {
            quote = quote[..LongestQuote] + "...";
        }
        string field = where.Length == 0 ? "the whole file" : where;
        return new DataException($"{file}: {field} is {quote}; expected {expected}.");
    }
}
