using System.Text.RegularExpressions;

namespace DynamicRcnn.Torch.Tests.Surface;

/// <summary>TorchSharp's names as torchsharp.md and torchsharp-more.md list them.</summary>
internal sealed partial class TorchSharpNames
{
    private const string TypeSection = "Types and where they live";
    private readonly ILookup<string, string> entries;

    private TorchSharpNames(IEnumerable<(string Section, string Entry)> lines) =>
        entries = lines.ToLookup(line => line.Section, line => line.Entry);

    /// <summary>Sections of members, each the name of a type without its namespace.</summary>
    public IEnumerable<string> Sections =>
        entries.Select(section => section.Key).Where(section => section != TypeSection);

    /// <summary>The types' full names; those of an enumeration with its members.</summary>
    public ILookup<string, string[]> Types =>
        entries[TypeSection]
            .Select(entry => entry.Split(["`: ", ", ", "`"], StringSplitOptions.RemoveEmptyEntries))
            .ToLookup(words => words[0], words => words[1..]);

    public IEnumerable<Member> Members(string section) =>
        entries[section].Select(entry => Member.Parse(entry.Trim('`')));

    /// <summary>Reads the lists beside this source.</summary>
    public static TorchSharpNames Read()
    {
        string folder = Path.Combine(Repository.Folder(), "tests", "Torch.Tests", "Surface");
        return new TorchSharpNames(
            Lines(Path.Combine(folder, "torchsharp.md")).Concat(Lines(Path.Combine(folder, "torchsharp-more.md")))
        );
    }

    private static IEnumerable<(string Section, string Entry)> Lines(string path)
    {
        string section = "";
        foreach (string line in File.ReadLines(path))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                section = Remark().Replace(line[3..], "");
            }
            else if (line.StartsWith("- `", StringComparison.Ordinal))
            {
                yield return (section, line[2..]);
            }
        }
    }

    [GeneratedRegex(@" \(.*\)$")]
    private static partial Regex Remark();
}
