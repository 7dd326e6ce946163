namespace DynamicRcnn.Cli;

/// <summary>Where a command writes and reads.</summary>
/// <param name="Output">Results and progress.</param>
/// <param name="Errors">Sentences about what went wrong.</param>
/// <param name="Columns">Width of the terminal that <paramref name="Output"/> is; null when it is none.</param>
/// <param name="Input">What is sent to the program; null = nothing.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Errors, int? Columns = null, TextReader? Input = null)
{
    /// <summary>Nothing of it is seen.</summary>
    public static Terminal Silent => new(TextWriter.Null, TextWriter.Null);
}
