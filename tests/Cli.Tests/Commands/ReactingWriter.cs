namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Output that does something when a line is written, in the middle of the command that writes it.</summary>
/// <param name="react">Told each line.</param>
internal sealed class ReactingWriter(Action<string> react) : StringWriter
{
    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        react(value ?? "");
    }
}
