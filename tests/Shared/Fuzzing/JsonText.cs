namespace DynamicRcnn.Tests.Fuzzing;

/// <summary>What a mutation puts into any text of JSON.</summary>
internal static class JsonText
{
    public static readonly string[] Insertions =
    [
        "[",
        "{\"a\":",
        "{}",
        ",",
        "\"",
        "\\u0000",
        "\\ud800",
        "1e999",
        "null,",
    ];
}
