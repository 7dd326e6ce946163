using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>Python's torch, for files as it writes them. Tests are skipped visibly where it is missing.</summary>
internal static class PythonTorch
{
    private const string Interpreter = "/usr/bin/python3";

    /// <summary>Runs a script in a folder; the modules are those that it needs.</summary>
    public static void Run(string folder, string script, params string[] modules)
    {
        foreach (string module in modules)
        {
            if (!Ends(folder, $"import {module}"))
            {
                Assert.Skip($"{Interpreter} has no module '{module}' (Debian: python3-{module}).");
            }
        }
        Assert.True(Ends(folder, script), "the script failed");
    }

    private static bool Ends(string folder, string script)
    {
        ProcessStartInfo start = new(Interpreter, ["-c", script])
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
