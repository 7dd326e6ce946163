using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace DynamicRcnn.Cli;

/// <summary>A running program of ffmpeg, with its last words.</summary>
internal sealed class Ffmpeg : IDisposable
{
    /// <summary>Reads and writes videos.</summary>
    public const string Program = "ffmpeg";

    /// <summary>Says what is in a video.</summary>
    public const string Probe = "ffprobe";

    private const int LongestWords = 300;

    private static readonly string[] programs = [Program, Probe];

    private readonly Process process;
    private readonly StringBuilder words = new();

    private Ffmpeg(Process process)
    {
        this.process = process;
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginErrorReadLine();
    }

    /// <summary>What it writes.</summary>
    public Stream Output => process.StandardOutput.BaseStream;

    /// <summary>What it reads.</summary>
    public Stream Input => process.StandardInput.BaseStream;

    /// <summary>Passes when both programs are there.</summary>
    /// <param name="video">What needs them.</param>
    /// <exception cref="FileNotFoundException">They are not.</exception>
    public static void Require(string video)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        string? missing = Array.Find(
            programs,
            program => !Array.Exists(folders, folder => File.Exists(Path.Combine(folder, program)))
        );
        if (missing is not null)
        {
            throw new FileNotFoundException(
                $"{video}: videos are read through ffmpeg, and there is no {missing} on the PATH; expected it to be installed (Debian: apt-get install ffmpeg)"
            );
        }
    }

    /// <summary>A file as an argument, whatever it is called: a name with a colon or a dash is no protocol and no option.</summary>
    public static string FileArgument(string path) => $"file:{path}";

    /// <summary>Starts one of the programs.</summary>
    /// <param name="program"><see cref="Program"/> or <see cref="Probe"/>.</param>
    /// <param name="writes">It is written to, else it reads nothing.</param>
    /// <param name="arguments">Its command line.</param>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static Ffmpeg Start(string program, bool writes, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            var started = new Ffmpeg(Process.Start(start)!);
            if (!writes)
            {
                started.Input.Close();
            }

            return started;
        }
        catch (Win32Exception error)
        {
            throw new IOException($"{program}: the program cannot be started: {error.Message}", error);
        }
    }

    /// <summary>What it complained of so far; null: of nothing.</summary>
    public string? Words
    {
        get
        {
            lock (words)
            {
                return words.Length == 0 ? null : words.ToString();
            }
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Null when it did its work; otherwise what it said.</returns>
    public string? End()
    {
        process.WaitForExit();
        return process.ExitCode == 0 ? null : Words ?? $"it ended with code {process.ExitCode}";
    }

    /// <summary>Ends it if it still runs.</summary>
    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }

        process.Dispose();
    }

    // The first words name the cause; what follows repeats it for each frame.
    private void Keep(string? line)
    {
        lock (words)
        {
            if (!string.IsNullOrWhiteSpace(line) && words.Length < LongestWords)
            {
                words.Append(words.Length == 0 ? "" : "; ").Append(line.Trim());
            }
        }
    }
}
