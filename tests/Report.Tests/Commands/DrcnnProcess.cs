using System.Diagnostics;
using Xunit;

namespace DynamicRcnn.Report.Tests.Commands;

/// <summary>The program as a process of its own, on a machine without libtorch.</summary>
internal sealed class DrcnnProcess : IDisposable
{
    private readonly Process process;
    private readonly Task<string> errors;

    private DrcnnProcess(string[] arguments)
    {
        // What a shell starts in the background ignores SIGINT, and so would everything that it starts.
        string assembly = Path.Combine(AppContext.BaseDirectory, "drcnn.dll");
        ProcessStartInfo start = new("env", ["--default-signal", "dotnet", assembly, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DRCNN_LIBTORCH"] = Path.GetTempPath();
        process = Process.Start(start)!;
        errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Runs a command line to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> Run(params string[] arguments)
    {
        using DrcnnProcess run = new(arguments);
        string output = await run.process.StandardOutput.ReadToEndAsync();
        await run.process.WaitForExitAsync();
        return (run.process.ExitCode, output, await run.errors);
    }

    /// <summary>Starts the live view and waits until it serves.</summary>
    /// <returns>The process and the address.</returns>
    public static async Task<(DrcnnProcess Process, Uri Address)> Watch(params string[] arguments)
    {
        DrcnnProcess made = new(["watch", "--port", "0", .. arguments]);
        string? line = await made.process.StandardOutput.ReadLineAsync();
        if (line?.StartsWith("http://127.0.0.1:", StringComparison.Ordinal) != true)
        {
            Assert.Fail($"{line}{await made.errors}");
        }
        return (made, new Uri(line.Split(' ')[0]));
    }

    /// <summary>Sends a signal and waits for the end.</summary>
    public async Task<(int ExitCode, string Errors)> End(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await process.WaitForExitAsync();
        return (process.ExitCode, await errors);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }
        process.Dispose();
    }
}
