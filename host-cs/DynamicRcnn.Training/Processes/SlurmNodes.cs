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

    /// <summary>The tasks of a machine, counted from 0, in a list such as <c>4(x2),3</c>; null: there is no such list, or machine.</summary>
    internal static int? Tasks(string list, int machine)
    {
        foreach (string part in list.Split(','))
        {
            Match match = Repeated().Match(part.Trim());
            if (!match.Success)
            {
                return null;
            }
            int Number(int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
            machine -= match.Groups[2].Success ? Number(2) : 1;
            if (machine < 0)
            {
                return Number(1);
            }
        }
        return null;
    }

    /// <summary>A number of tasks, and of how many machines after each other.</summary>
    [GeneratedRegex(@"^(\d{1,7})(?:\(x(\d{1,7})\))?$")]
    private static partial Regex Repeated();

    /// <summary>Up to the first comma outside brackets.</summary>
    [GeneratedRegex(@"^(?:[^,\[]|\[[^\]]*\])*")]
    private static partial Regex FirstName();

    /// <summary>Brackets, and what stands first in them.</summary>
    [GeneratedRegex(@"\[([^,\-\]]*)[^\]]*\]")]
    private static partial Regex Range();
}
