using System.Globalization;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>How often a promise is put to the test: a few times in the tests, as often as `dotnet fsi build.fsx endure` says there.</summary>
internal static class EndureCount
{
    /// <summary>Whether times are held to their bounds; on a machine with other work they say nothing.</summary>
    public static bool HoldsTimes => Environment.GetEnvironmentVariable("DRCNN_ENDURE") is not null;

    /// <param name="variable">What the target sets.</param>
    /// <param name="few">In the tests.</param>
    public static int Of(string variable, int few) =>
        Environment.GetEnvironmentVariable(variable) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : few;
}
