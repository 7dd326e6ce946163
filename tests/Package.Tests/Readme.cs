using System.Globalization;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Package.Tests;

/// <summary>The programs that the documents show.</summary>
internal static class Readme
{
    private const string Open = "```csharp\n";

    /// <summary>The first C# block under a heading.</summary>
    /// <param name="heading">Its line.</param>
    /// <param name="page">A path in the repository.</param>
    public static string CodeUnder(string heading, string page = "README.md")
    {
        string text = File.ReadAllText(Path.Combine(FreshProgram.Root, page));
        int section = text.IndexOf(heading + "\n", StringComparison.Ordinal);
        Xunit.Assert.True(section >= 0, $"{page} has no heading '{heading}'");
        int start = text.IndexOf(Open, section, StringComparison.Ordinal) + Open.Length;
        return text[start..text.IndexOf("```", start, StringComparison.Ordinal)];
    }

    /// <summary>What both programs that detect print, by a detector of this process.</summary>
    public static string[] Printed(IObjectDetector detector, string image) =>
        [
            .. detector
                .Detect(ImageCodec.ReadFile(image))
                .Select(found =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{detector.Classes[found.Label].Name} {found.Score:F2} at {found.X1:F0}, {found.Y1:F0} to {found.X2:F0}, {found.Y2:F0}"
                    )
                ),
        ];
}
