using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace DynamicRcnn.Data;

/// <summary>One value of a list or map, and its key where it has one.</summary>
internal readonly record struct YamlItem(string? Key, string Text, int Line);

/// <summary>
/// As much YAML as data files of YOLO use: top-level keys with a scalar, a list or a map of scalars. YamlDotNet cuts the text into events; no object is made of
/// them, no alias is followed, and what nobody asks for is passed over, so that a stranger's file takes no more than its length allows.
/// </summary>
internal sealed class YamlText
{
    private const long Longest = 1 << 22;
    private const int Deepest = 64;

    /// <summary>The depth of a top-level key: in a stream, a document and a map.</summary>
    private const int TopLevel = 3;

    private readonly string file;
    private readonly string text;
    private readonly Scanner scanner;
    private readonly Parser parser;
    private int depth;
    private (string Key, ParsingEvent Start)? entry;

    private YamlText(string file, string text)
    {
        this.file = file;
        this.text = text;
        scanner = new Scanner(new StringReader(text));
        parser = new Parser(scanner);
    }

    /// <summary>The values of the wanted keys that are there: a scalar is a list of one, null a list of none.</summary>
    /// <exception cref="DataException">The file cannot be read, is no YAML, or a value is none of these; names the line.</exception>
    internal static Dictionary<string, IReadOnlyList<YamlItem>> Read(string file, IReadOnlySet<string> wanted)
    {
        if (new FileInfo(file) is { Exists: true, Length: > Longest } large)
        {
            throw new DataException($"{file}: the file has {large.Length} bytes; expected at most {Longest}.");
        }
        return new YamlText(file, string.Join('\n', AnnotationText.Lines(file))).Entries(wanted);
    }

    private Dictionary<string, IReadOnlyList<YamlItem>> Entries(IReadOnlySet<string> wanted)
    {
        Dictionary<string, IReadOnlyList<YamlItem>> entries = [];
        HashSet<string> keys = [];
        while (Next() is var next and not StreamEnd)
        {
            if (next is Scalar key && depth == TopLevel && IsLine(key))
            {
                if (!keys.Add(key.Value))
                {
                    throw new DataException(
                        $"{file}: line {key.Start.Line} is the key {AnnotationText.Quote(key.Value)} again; expected it once."
                    );
                }
                entry = (key.Value, key);
                ParsingEvent value = Next();
                entry = (key.Value, value);
                if (wanted.Contains(key.Value))
                {
                    entries.Add(key.Value, [.. Items(value, key.Start.Line)]);
                }
                while (depth > TopLevel)
                {
                    Next();
                }
                entry = null;
            }
            else if (next is not (StreamStart or DocumentStart or DocumentEnd or MappingStart or MappingEnd))
            {
                throw Wrong(next, "a key and a colon, such as 'names:'");
            }
        }
        return entries;
    }

    private IEnumerable<YamlItem> Items(ParsingEvent value, long line)
    {
        if (value is Scalar { Style: not ScalarStyle.Plain } or Scalar { Value: not ("" or "~" or "null") })
        {
            yield return value.Start.Line == line ? Item(null, value) : throw Wrong(value, "'- NAME' or 'INDEX: NAME'");
        }
        while (depth > TopLevel && Next() is var next and not (SequenceEnd or MappingEnd))
        {
            yield return value is SequenceStart ? Item(null, next) : Item(Item(null, next).Text, Next());
        }
    }

    private YamlItem Item(string? key, ParsingEvent value) =>
        value is Scalar scalar && IsLine(scalar)
            ? new YamlItem(key, scalar.Value, (int)value.Start.Line)
            : throw Wrong(value, "'- NAME' or 'INDEX: NAME'");

    private static bool IsLine(Scalar scalar) => !scalar.Value.Any(char.IsControl);

    /// <exception cref="DataException">The text is no YAML; it is an alias, or too deep.</exception>
    private ParsingEvent Next()
    {
        try
        {
            parser.MoveNext();
        }
        // Some of what the package refuses is no exception of its own.
        catch (Exception error) when (error is YamlException or InvalidOperationException or ArgumentException)
        {
            throw NoYaml(error);
        }
        ParsingEvent next = parser.Current!;
        depth += next.NestingIncrease;
        return next is AnchorAlias ? throw Wrong(next, "a value, no alias of one")
            : depth > Deepest ? throw Wrong(next, $"at most {Deepest} values within each other")
            : next;
    }

    private DataException Wrong(ParsingEvent found, string expected)
    {
        int from = (int)Math.Min(found.Start.Index, text.Length);
        string line = text[from..].Split('\n', 2)[0];
        string place = entry is { Key: var key } ? $", in {key}," : "";
        return new DataException(
            $"{file}: line {found.Start.Line}{place} is {AnnotationText.Quote(line)}; expected {expected}."
        );
    }

    private DataException NoYaml(Exception error)
    {
        Mark place = scanner.CurrentPosition;
        string reason = error switch
        {
            YamlException => error.Message,
            InvalidOperationException => "a line within brackets begins with neither a space nor a quote.",
            _ => "an escape or a tag means nothing.",
        };
        return place.Index >= text.Length && entry is { Start: SequenceStart { Style: SequenceStyle.Flow } list }
            ? Wrong(list, "an end with ']'")
            : new DataException($"{file}: line {place.Line} is no YAML: {reason}", error);
    }
}
