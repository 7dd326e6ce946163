namespace DynamicRcnn.Cli.Output;

/// <summary>Where a command writes.</summary>
/// <param name="Output">Results and progress.</param>
/// <param name="Errors">Sentences about what went wrong.</param>
/// <param name="Columns">Width of the terminal that <paramref name="Output"/> is; null when it is none.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Errors, int? Columns = null);
