using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>The program: in this process, which is quick, or as one of its own, which signals reach.</summary>
internal static class Drcnn
{
    /// <summary>The built program beside the tests.</summary>
    public static string Assembly { get; } = Path.Combine(AppContext.BaseDirectory, "drcnn.dll");

    /// <summary>Runs a command line in this process.</summary>
    public static ProcessRun Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int code = CommandHost.Run(arguments, output, errors);
        return new ProcessRun(code, output.ToString(), errors.ToString());
    }

    /// <summary>Runs a command line that must succeed.</summary>
    /// <returns>Its output.</returns>
    public static string Succeed(params string[] arguments)
    {
        ProcessRun run = Run(arguments);
        Assert.True(run.ExitCode == 0, $"exit code {run.ExitCode}: {run.Errors}{run.Output}");
        return run.Output;
    }

    /// <summary>Runs a command line that must end in one clear sentence.</summary>
    /// <param name="code">The exit code.</param>
    /// <param name="parts">What the sentence must name.</param>
    /// <param name="arguments">The command line.</param>
    public static void Refuse(int code, IEnumerable<string> parts, params string[] arguments) =>
        RequireOneSentence(Run(arguments), code, parts);

    /// <summary>Passes when all that was said is one sentence that names every part.</summary>
    public static void RequireOneSentence(ProcessRun run, int code, IEnumerable<string> parts)
    {
        Assert.True(run.ExitCode == code, $"exit code {run.ExitCode}, expected {code}: {run.Errors}");
        string sentence = Assert.Single(run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("drcnn: ", sentence, StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains(part, sentence, StringComparison.Ordinal));
        Assert.DoesNotContain("Exception", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
    }
}
