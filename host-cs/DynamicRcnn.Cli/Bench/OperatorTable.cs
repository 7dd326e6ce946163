using System.Diagnostics;
using System.Globalization;
using DynamicRcnn.Cli.Output;

namespace DynamicRcnn.Cli.Bench;

/// <summary>Where the time of steps goes: libtorch's operators, the images before them, and what is left for everything else.</summary>
internal static class OperatorTable
{
    /// <summary>Operators below this share of a step are one line together.</summary>
    private const double LeastShare = 0.005;
    private const int NameWidth = 48;

    /// <summary>Times the next steps and writes a line for each operator that took a share worth a line.</summary>
    public static void Write(IBenchStep step, StepTimer timer, int steps, Terminal terminal)
    {
        double wall = 0;
        OperatorTime[] operators = ops.time(() => wall = timer.Next(steps));
        double images = SecondsOfImages(step, steps);
        ILookup<bool, OperatorTime> worth = operators.ToLookup(each => each.Seconds / steps >= LeastShare * wall);
        double outside = wall - (operators.Sum(each => each.Seconds) / steps);

        terminal.Output.WriteLine($"{"", NameWidth} {"calls", 8} {"ms", 10} {"share", 7} {"cores", 6}");
        foreach (OperatorTime each in worth[true])
        {
            Line(each.Name, [each]);
        }
        Line($"{worth[false].Count()} other operators", [.. worth[false]]);
        Plain("images (resizing, normalising), timed apart", images);
        Plain("everything else outside operators", outside - images);
        Plain("a step", wall);

        void Line(string name, OperatorTime[] all)
        {
            double seconds = all.Sum(each => each.Seconds);
            double cores = seconds > 0 ? all.Sum(each => each.ProcessorSeconds) / seconds : 0;
            Cells(
                name,
                Number(all.Sum(each => each.Calls) / (double)steps, "F1"),
                seconds / steps,
                Number(cores, "F2")
            );
        }

        void Plain(string name, double seconds) => Cells(name, "", seconds, "");

        void Cells(string name, string calls, double seconds, string cores) =>
            terminal.Output.WriteLine(
                $"{name, -NameWidth} {calls, 8} {Number(1e3 * seconds, "F2"), 10} {Number(100 * seconds / wall, "F1"), 5} % {cores, 6}"
            );
    }

    private static double SecondsOfImages(IBenchStep step, int steps)
    {
        step.MakeBatches(0, steps);
        long started = Stopwatch.GetTimestamp();
        step.MakeBatches(0, steps);
        return Stopwatch.GetElapsedTime(started).TotalSeconds / steps;
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
