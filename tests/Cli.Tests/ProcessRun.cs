using System.Diagnostics;

namespace DynamicRcnn.Cli.Tests;

/// <summary>What a process left behind.</summary>
internal sealed record ProcessRun(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs a program to its end. A null value removes a variable from its environment.</summary>
    public static ProcessRun Of(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? folder = null
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProcessRun(process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
