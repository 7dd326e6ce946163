namespace DynamicRcnn.Runs;

/// <summary>
/// Writes the files that a run can do without for a while: checkpoints and evaluations. A disk that is full, read-only or gone may be there again
/// when the next one is due, and what was written before is as it was; so the run goes on as often as it is allowed to.
/// </summary>
/// <param name="folder">The run's.</param>
/// <param name="mostInARow">How many writes in a row may fail; the next one ends the run.</param>
internal sealed class ResultWriter(RunFolder folder, int mostInARow)
{
    private int failuresInARow;

    /// <param name="write">Writes, each file whole or not at all.</param>
    /// <param name="isRequired">Whether there is nothing to go on for: the run ends with this file.</param>
    /// <returns>Null when it was written.</returns>
    /// <exception cref="RunException">It was not, and the run does not go on. Names the file and the last checkpoint.</exception>
    internal NotSaved? Try(Action write, bool isRequired = false)
    {
        try
        {
            write();
            failuresInARow = 0;
            return null;
        }
        catch (Exception error) when (IsOfTheDisk(error))
        {
            failuresInARow++;
            string message = $"{error.Message.TrimEnd('.')}; {Kept()}";
            return isRequired || failuresInARow > mostInARow
                ? throw new RunException(message, error, RunFault.Run)
                : new NotSaved(message, failuresInARow);
        }
    }

    private static bool IsOfTheDisk(Exception error) =>
        error is IOException or UnauthorizedAccessException or RunException { Fault: RunFault.Run };

    private string Kept()
    {
        try
        {
            return folder.LastCheckpoint is { } last ? $"the last checkpoint is {last}" : "there is no checkpoint yet";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "the folder of the run cannot be read";
        }
    }
}
