namespace DynamicRcnn.Cli;

/// <summary>A line that is rewritten in place on a terminal and printed anew elsewhere.</summary>
/// <param name="output">Where lines go.</param>
/// <param name="columns">Width of the terminal; null when the output is none.</param>
internal sealed class ProgressLine(TextWriter output, int? columns)
{
    private const string EraseToEnd = "\u001b[K";
    private bool open;

    /// <summary>Shows progress; on a terminal it replaces the progress shown before.</summary>
    public void Show(string text)
    {
        if (columns is not { } width)
        {
            output.WriteLine(text);
            return;
        }

        // A line that wraps cannot be rewritten by going back to its start.
        string shown = text.Length < width ? text : text[..Math.Max(0, width - 1)];
        output.Write($"\r{shown}{EraseToEnd}");
        output.Flush();
        open = true;
    }

    /// <summary>Prints a line that stays.</summary>
    public void Say(string text)
    {
        End();
        output.WriteLine(text);
    }

    /// <summary>Leaves the progress that is shown and goes to a new line.</summary>
    public void End()
    {
        if (open)
        {
            output.WriteLine();
            open = false;
        }
    }
}
