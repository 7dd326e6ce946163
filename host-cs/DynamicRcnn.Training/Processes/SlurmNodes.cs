using System.Globalization;
using System.Text.RegularExpressions;

namespace DynamicRcnn.Training;

/// <summary>Where the processes of a job of SLURM meet, if nobody says: on its first machine, at a port that follows from its number.</summary>
internal static partial class SlurmNodes
{
    /// <summary>Below those that systems give away themselves.</summary>
    private const int FirstPort = 12000;
    private const int Ports = 20000;

    /// <summary>The first machine of a list such as <c>rack1-node[03-07,12],gpu4</c>: <c>rack1-node03</c>.</summary>
    internal static string First(string nodes) => Range().Replace(FirstName().Match(nodes.Trim()).Value, "$1");

    /// <summary>The port of a job.</summary>
    internal static int Port(string job) =>
        FirstPort + (int)(ulong.TryParse(job, CultureInfo.InvariantCulture, out ulong number) ? number % Ports : 0);

    /// <summary>Up to the first comma outside brackets.</summary>
    [GeneratedRegex(@"^(?:[^,\[]|\[[^\]]*\])*")]
    private static partial Regex FirstName();

    /// <summary>Brackets, and what stands first in them.</summary>
    [GeneratedRegex(@"\[([^,\-\]]*)[^\]]*\]")]
    private static partial Regex Range();
}
