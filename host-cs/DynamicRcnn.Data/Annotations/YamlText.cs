using System.Text.RegularExpressions;

namespace DynamicRcnn.Data;

/// <summary>One value of a list or map, and its key where it has one.</summary>
internal readonly record struct YamlItem(string? Key, string Text, int Line);

/// <summary>A top-level key with all that belongs to it.</summary>
internal sealed record YamlEntry(string File, string Key, int Line, IReadOnlyList<(string Text, int Line)> Lines);

/// <summary>
/// As much YAML as data files of YOLO use: top-level keys with a scalar, a list or a map of scalars, in block or flow form. Entries are
/// only cut out here; what nobody asks for is never parsed.
/// </summary>
internal static partial class YamlText
{
    /// <exception cref="DataException">The file cannot be read, or a line belongs to no key.</exception>
    internal static Dictionary<string, YamlEntry> Read(string file)
    {
        Dictionary<string, YamlEntry> entries = new(StringComparer.Ordinal);
        List<(string Text, int Line)> lines = [];
        bool started = false;
        int number = 0;
        foreach (string raw in AnnotationText.Lines(file))
        {
            number++;
            string line = WithoutComment(raw).TrimEnd();
            if (line.Length == 0 || line is "---" or "...")
            {
                continue;
            }
            Match key = TopLevelKey().Match(line);
            if (key.Success)
            {
                started = true;
                lines = [(line[key.Length..].Trim(), number)];
                string name = Unquote(key.Groups[1].Value);
                if (!entries.TryAdd(name, new YamlEntry(file, name, number, lines)))
                {
                    throw new DataException($"{file}: line {number} is the key '{name}' again; expected it once.");
                }
            }
            else if (started)
            {
                lines.Add((line.Trim(), number));
            }
            else
            {
                throw new DataException(
                    $"{file}: line {number} is {AnnotationText.Quote(line)}; expected a key and a colon, such as 'names:'."
                );
            }
        }
        return entries;
    }

    /// <summary>The entry's one value; null where it has none.</summary>
    internal static string? Scalar(YamlEntry entry)
    {
        string text = string.Join(" ", entry.Lines.Select(line => line.Text)).Trim();
        return text is "" or "~" or "null" ? null : Unquote(text);
    }

    /// <summary>The values of a list or map in block or flow form; a scalar is a list of one.</summary>
    /// <exception cref="DataException">The value is none of these; names the line.</exception>
    internal static IReadOnlyList<YamlItem> Items(YamlEntry entry)
    {
        (string first, int firstLine) = entry.Lines[0];
        if (first.StartsWith('[') || first.StartsWith('{') || (first.Length == 0 && IsFlow(entry)))
        {
            return FlowItems(entry);
        }
        if (first.Length > 0)
        {
            return entry.Lines.Count == 1
                ? [new YamlItem(null, Unquote(first), firstLine)]
                : throw Wrong(entry, entry.Lines[1], "no more lines after a value");
        }
        return [.. entry.Lines.Skip(1).Select(line => BlockItem(entry, line))];
    }

    private static bool IsFlow(YamlEntry entry) => entry.Lines.Count > 1 && entry.Lines[1].Text[0] is '[' or '{';

    private static YamlItem BlockItem(YamlEntry entry, (string Text, int Line) line)
    {
        if (line.Text.StartsWith("- ", StringComparison.Ordinal))
        {
            return new YamlItem(null, Unquote(line.Text[2..].Trim()), line.Line);
        }
        return Pair(line.Text, line.Line) ?? throw Wrong(entry, line, "'- NAME' or 'INDEX: NAME'");
    }

    private static List<YamlItem> FlowItems(YamlEntry entry)
    {
        string text = string.Join(" ", entry.Lines.Select(line => line.Text)).Trim();
        bool isMap = text[0] == '{';
        if (text[^1] != (isMap ? '}' : ']'))
        {
            throw Wrong(entry, entry.Lines[^1], $"an end with '{(isMap ? '}' : ']')}'");
        }
        List<YamlItem> items = [];
        foreach (string part in SplitOutsideQuotes(text[1..^1]))
        {
            // A comma after the last value is allowed.
            if (part.Length > 0)
            {
                items.Add(
                    isMap
                        ? Pair(part, entry.Line) ?? throw Wrong(entry, (part, entry.Line), "'INDEX: NAME'")
                        : new YamlItem(null, Unquote(part), entry.Line)
                );
            }
        }
        return items;
    }

    private static YamlItem? Pair(string text, int line)
    {
        Match pair = KeyAndValue().Match(text);
        return pair.Success ? new YamlItem(Unquote(pair.Groups[1].Value), Unquote(pair.Groups[2].Value), line) : null;
    }

    private static IEnumerable<string> SplitOutsideQuotes(string text)
    {
        int start = 0;
        foreach (int comma in OutsideQuotes(text).Where(place => text[place] == ','))
        {
            yield return text[start..comma].Trim();
            start = comma + 1;
        }
        yield return text[start..].Trim();
    }

    /// <summary>A comment starts with # at the beginning or after a space.</summary>
    private static string WithoutComment(string line)
    {
        foreach (int place in OutsideQuotes(line))
        {
            if (line[place] == '#' && (place == 0 || char.IsWhiteSpace(line[place - 1])))
            {
                return line[..place];
            }
        }
        return line;
    }

    /// <summary>The places that no quotes enclose. A quote inside a word, as in driver's, encloses nothing.</summary>
    private static IEnumerable<int> OutsideQuotes(string text)
    {
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            if (quote != '\0')
            {
                quote = text[i] == quote ? '\0' : quote;
            }
            else if (text[i] is '\'' or '"' && (i == 0 || !char.IsLetterOrDigit(text[i - 1])))
            {
                quote = text[i];
            }
            else
            {
                yield return i;
            }
        }
    }

    private static string Unquote(string text)
    {
        bool quoted = text.Length >= 2 && text[0] == text[^1] && text[0] is '\'' or '"';
        return !quoted ? text
            : text[0] == '\'' ? text[1..^1].Replace("''", "'", StringComparison.Ordinal)
            : text[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal);
    }

    private static DataException Wrong(YamlEntry entry, (string Text, int Line) found, string expected) =>
        new(
            $"{entry.File}: line {found.Line}, in {entry.Key}, is {AnnotationText.Quote(found.Text)}; expected {expected}."
        );

    [GeneratedRegex("""^("[^"]+"|'[^']+'|[\w.-]+)\s*:(?=\s|$)""")]
    private static partial Regex TopLevelKey();

    [GeneratedRegex("""^("[^"]+"|'[^']+'|[^\s:'"]+)\s*:\s+(.+)$""")]
    private static partial Regex KeyAndValue();
}
