using System.Diagnostics;

namespace DynamicRcnn.Tests;

/// <summary>Debian's Python, with whose libraries ours are compared. Where it or a module is missing, the test is skipped and says what to install.</summary>
internal static class Python
{
    private const string Interpreter = "/usr/bin/python3";

    /// <summary>Runs a script of this repository; the test fails when the script does.</summary>
    /// <param name="modules">Modules that the script needs.</param>
    /// <param name="script">Its place below <c>tests</c>.</param>
    /// <param name="arguments">Of the script.</param>
    /// <returns>What it printed.</returns>
    public static string RunFile(string[] modules, string script, params string[] arguments)
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "DynamicRcnn.sln")))
        {
            root = Path.GetDirectoryName(root);
        }
        return Run(modules, root!, [Path.Combine(root!, "tests", script), .. arguments]);
    }

    /// <summary>Runs the text of a script in a folder; the test fails when the script does.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <param name="script">Python.</param>
    /// <param name="modules">Modules that the script needs.</param>
    /// <returns>What it printed.</returns>
    public static string RunText(string folder, string script, params string[] modules) =>
        Run(modules, folder, ["-c", script]);

    private static string Run(string[] modules, string folder, string[] arguments)
    {
        if (!File.Exists(Interpreter))
        {
            Xunit.Assert.Skip($"{Interpreter} is missing (Debian: python3).");
        }
        foreach (string module in modules)
        {
            // To look for it takes less than a tenth of the time that importing torch does.
            string find = $"import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}') is None)";
            if (Execute(folder, ["-c", find]).ExitCode != 0)
            {
                Xunit.Assert.Skip($"{Interpreter} has no module '{module}' (Debian: {PackageOf(module)}).");
            }
        }
        (int exitCode, string output, string errors) = Execute(folder, arguments);
        Xunit.Assert.True(exitCode == 0, output + errors);
        return output;
    }

    private static string PackageOf(string module) =>
        module switch
        {
            "cv2" => "python3-opencv",
            "PIL" => "python3-pil",
            _ => $"python3-{module}",
        };

    private static (int ExitCode, string Output, string Errors) Execute(string folder, string[] arguments)
    {
        ProcessStartInfo start = new(Interpreter, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
