namespace DynamicRcnn.Package.Tests;

/// <summary>The README at the repository's top.</summary>
internal static class Readme
{
    private const string Open = "```csharp\n";

    /// <summary>The first C# block under a heading.</summary>
    public static string CodeUnder(string heading)
    {
        string text = File.ReadAllText(Path.Combine(FreshProgram.Root, "README.md"));
        int section = text.IndexOf(heading + "\n", StringComparison.Ordinal);
        Xunit.Assert.True(section >= 0, $"README.md has no heading '{heading}'");
        int start = text.IndexOf(Open, section, StringComparison.Ordinal) + Open.Length;
        return text[start..text.IndexOf("```", start, StringComparison.Ordinal)];
    }
}
