using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;
using DynamicRcnn.Training;

namespace DynamicRcnn.Cli;

/// <summary>A command line or a configuration that asks for what there is not.</summary>
internal sealed class UsageException(IReadOnlyList<string> problems)
    : DynamicRcnnException(string.Join("\n", problems), innerException: null);

/// <summary>A command that did its work but for the parts that it has already named.</summary>
/// <param name="exitCode">What the process ends with.</param>
/// <param name="message">One sentence that counts what is missing.</param>
internal sealed class IncompleteException(int exitCode, string message)
    : DynamicRcnnException(message, innerException: null)
{
    public int ExitCode => exitCode;
}

/// <summary>A process that this one started has failed and said why.</summary>
/// <param name="exitCode">Of that process.</param>
/// <param name="message">What it said.</param>
internal sealed class RankException(int exitCode, string message) : DynamicRcnnException(message, innerException: null)
{
    public int ExitCode => exitCode;
}

/// <summary>What a failure is called and which exit code it has.</summary>
internal static class Failure
{
    private const int DiskFull = 28; // ENOSPC
    private const int Quota = 122; // EDQUOT

    /// <summary>Says what went wrong: expected failures in their own sentence, faults of the program with a hint.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="verbose">Adds the stack trace of a fault.</param>
    /// <param name="errors">Where it is said.</param>
    /// <returns>The exit code.</returns>
    public static int Report(Exception error, bool verbose, TextWriter errors)
    {
        if (error is AggregateException { InnerException: { } inner })
        {
            return Report(inner, verbose, errors); // parallel work: the first failure is as good as the others
        }

        int? code = ExpectedCode(error);
        if (code is { } known)
        {
            errors.WriteLine($"drcnn: {Sentence(error)}");
            return known;
        }

        errors.WriteLine($"drcnn: unexpected {error.GetType().Name}: {OneLine(error.Message)}");
        errors.WriteLine(
            verbose ? error.StackTrace : "This is a fault of the program; train --verbose prints where it happened."
        );
        return ExitCode.UnexpectedFault;
    }

    private static int? ExpectedCode(Exception error) =>
        error switch
        {
            UsageException => ExitCode.BadUsage,
            IncompleteException incomplete => incomplete.ExitCode,
            RankException rank => rank.ExitCode,
            PeerFailureException => ExitCode.PeerFailed,
            OperationCanceledException => ExitCode.Interrupted,
            DataException or ImageException => ExitCode.BadInput,
            RunException { Fault: RunFault.Input } => ExitCode.BadInput,
            RunException { Fault: RunFault.Request } => ExitCode.BadUsage,
            RunException or LibtorchException => ExitCode.RunFailed,
            FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException => ExitCode.BadInput,
            IOException io => IsFullDisk(io) ? ExitCode.RunFailed : ExitCode.BadInput,
            _ => null,
        };

    /// <summary>The failure in a sentence, without a name before it.</summary>
    public static string Sentence(Exception error) =>
        error switch
        {
            OperationCanceledException => "stopped by a signal, nothing was kept",
            IOException io when IsFullDisk(io) => $"the disk is full: {OneLine(io.Message)}",
            UsageException or RankException => error.Message,
            _ => OneLine(error.Message),
        };

    // .NET keeps errno in the low half of HResult.
    private static bool IsFullDisk(IOException error) => (error.HResult & 0xFFFF) is DiskFull or Quota;

    private static string OneLine(string text) =>
        string.Join(' ', text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
