using System.Text.Json;
using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>
/// A COCO file's parts. Its bytes are kept and the items of its long arrays are parsed one after the other: parsed as a whole, a file of COCO's
/// own size would take several times its bytes, most of them for polygons that nobody asks for.
/// </summary>
internal sealed class CocoDocument
{
    private readonly string file;
    private readonly byte[] bytes;
    private readonly Dictionary<string, Range> members;

    private CocoDocument(string file, byte[] bytes, Dictionary<string, Range> members)
    {
        this.file = file;
        this.bytes = bytes;
        this.members = members;
    }

    /// <exception cref="DataException">The file cannot be read, or is no JSON.</exception>
    internal static CocoDocument Read(string file)
    {
        byte[] bytes = JsonField.ReadBytes(file);
        try
        {
            return new CocoDocument(file, bytes, Members(file, bytes));
        }
        catch (JsonException error)
        {
            byte[]? quoted = PythonJson.QuoteNonFinite(bytes);
            return quoted is null ? throw JsonField.NoJson(file, bytes, error) : OfPython(file, quoted, error);
        }
    }

    /// <summary>A short member, parsed whole.</summary>
    /// <exception cref="DataException">It is missing.</exception>
    internal JsonField Require(string name)
    {
        if (members.TryGetValue(name, out Range place))
        {
            return new JsonField(file, "", name, -1, Element(bytes.AsSpan(place)));
        }
        // The sentence needs to know what there is instead.
        return new JsonField(file, "", null, -1, Element(bytes)).Require(name);
    }

    /// <summary>The items of a long member; each is gone when the next is asked for, but for where it was.</summary>
    /// <exception cref="DataException">The member is missing, or no array.</exception>
    internal IEnumerable<JsonField> Items(string name)
    {
        if (!members.TryGetValue(name, out Range place) || bytes[place.Start.Value] != '[')
        {
            foreach (JsonField item in Require(name).Items())
            {
                yield return item;
            }
            yield break;
        }
        int next = Skip(place.Start.Value + 1);
        for (int index = 0; bytes[next] != ']'; index++)
        {
            int end = next + Length(bytes.AsSpan(next));
            using JsonDocument item = JsonDocument.Parse(bytes.AsMemory(next..end));
            yield return new JsonField(file, name, null, index, item.RootElement);
            next = Skip(end);
        }
    }

    private static CocoDocument OfPython(string file, byte[] quoted, JsonException error)
    {
        try
        {
            return new CocoDocument(file, quoted, Members(file, quoted));
        }
        catch (JsonException)
        {
            throw JsonField.NoJson(file, quoted, error);
        }
    }

    private static JsonElement Element(ReadOnlySpan<byte> text)
    {
        Utf8JsonReader json = new(text);
        return JsonElement.ParseValue(ref json);
    }

    /// <summary>The place behind white space and a comma; the file is known to be JSON.</summary>
    private int Skip(int place)
    {
        while (bytes[place] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)',')
        {
            place++;
        }
        return place;
    }

    private static int Length(ReadOnlySpan<byte> text)
    {
        Utf8JsonReader json = new(text, isFinalBlock: false, default);
        json.Read();
        // A number has no end of its own.
        return json.TrySkip() ? (int)json.BytesConsumed : text.Length;
    }

    /// <summary>Where the members of the outermost object are; none where it is no object.</summary>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    private static Dictionary<string, Range> Members(string file, ReadOnlySpan<byte> text)
    {
        Dictionary<string, Range> members = new(StringComparer.Ordinal);
        Utf8JsonReader json = new(text);
        while (json.Read())
        {
            if (json.CurrentDepth != 1 || json.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }
            // No tool escapes the letters of COCO's keys; half of a surrogate pair could not even be compared.
            string? name = json.ValueIsEscaped ? null : System.Text.Encoding.UTF8.GetString(json.ValueSpan);
            json.Read();
            int start = (int)json.TokenStartIndex;
            json.Skip();
            if (name is not null && !members.TryAdd(name, start..(int)json.BytesConsumed))
            {
                throw new DataException($"{file}: {AnnotationText.Quote(name)} is there twice; expected it once.");
            }
        }
        return members;
    }
}
