using System.Globalization;
using System.Security;
using System.Text;
using DynamicRcnn.Core;

namespace DynamicRcnn.Cli;

/// <summary>What an arm reaches, and what it costs.</summary>
/// <param name="Arm">Its name.</param>
/// <param name="Intervals">AP and AP90.</param>
/// <param name="TrainingSeconds">Of a run's steps.</param>
/// <param name="ImageSeconds">Of an image, decoding included.</param>
internal sealed record ArmResult(string Arm, ArmIntervals Intervals, double TrainingSeconds, double ImageSeconds);

/// <summary>AP and AP90 over seconds of training and seconds an image, as an SVG: a point an arm, with its interval.</summary>
internal static class ExperimentPlane
{
    private const int PanelWidth = 380;
    private const int PanelHeight = 240;
    private const int Left = 52;
    private const int Right = 96; // names stand to the right of their points
    private const int Top = 26;
    private const int Bottom = 34;

    private static readonly string[] colours = ["#57606a", "#0969da", "#bc4c00", "#8250df", "#1a7f37", "#bf3989"];

    /// <summary>Writes the picture.</summary>
    public static void Write(Stream stream, IReadOnlyList<ArmResult> arms)
    {
        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {2 * PanelWidth} {2 * PanelHeight}\" font-family=\"sans-serif\" font-size=\"11\">\n"
        );
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        (string Title, Func<ArmResult, Interval> Of)[] heights =
        [
            ("AP", arm => arm.Intervals.AP),
            ("AP90", arm => arm.Intervals.AP90),
        ];
        (string Title, Func<ArmResult, double> Of)[] costs =
        [
            ("seconds of training", arm => arm.TrainingSeconds),
            ("seconds an image", arm => arm.ImageSeconds),
        ];
        for (int row = 0; row < heights.Length; row++)
        {
            for (int column = 0; column < costs.Length; column++)
            {
                Panel(svg, column * PanelWidth, row * PanelHeight, arms, costs[column], heights[row]);
            }
        }

        svg.Append("</svg>\n");
        stream.Write(Encoding.UTF8.GetBytes(svg.ToString()));
    }

    private static void Panel(
        StringBuilder svg,
        int x,
        int y,
        IReadOnlyList<ArmResult> arms,
        (string Title, Func<ArmResult, double> Of) cost,
        (string Title, Func<ArmResult, Interval> Of) height
    )
    {
        double dearest = Above(arms.Max(cost.Of));
        double highest = Above(arms.Max(arm => height.Of(arm).High));
        double AtX(double value) => x + Left + (value / dearest * (PanelWidth - Left - Right));
        double AtY(double value) => y + PanelHeight - Bottom - (value / highest * (PanelHeight - Top - Bottom));
        Line(svg, AtX(0), AtY(0), AtX(dearest), AtY(0), "#8c959f");
        Line(svg, AtX(0), AtY(0), AtX(0), AtY(highest), "#8c959f");
        for (int tick = 0; tick <= 4; tick++)
        {
            double ofX = dearest * tick / 4;
            double ofY = highest * tick / 4;
            Text(svg, AtX(ofX), AtY(0) + 14, "middle", Short(ofX), "#57606a");
            Text(svg, AtX(0) - 5, AtY(ofY) + 4, "end", Short(ofY), "#57606a");
            Line(svg, AtX(0), AtY(ofY), AtX(dearest), AtY(ofY), "#eaeef2");
        }

        Text(svg, AtX(dearest / 2), AtY(0) + 28, "middle", cost.Title, "#24292f");
        Text(svg, x + Left, y + 14, "start", height.Title, "#24292f");
        for (int place = 0; place < arms.Count; place++)
        {
            string colour = colours[place % colours.Length];
            Interval interval = height.Of(arms[place]);
            double at = AtX(cost.Of(arms[place]));
            Line(svg, at, AtY(interval.Low), at, AtY(interval.High), colour);
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<circle cx=\"{at:F1}\" cy=\"{AtY(interval.Mean):F1}\" r=\"4\" fill=\"{colour}\"/>\n"
            );
            Text(svg, at + 8, AtY(interval.Mean) + 4, "start", arms[place].Arm, colour);
        }
    }

    /// <summary>A round number that is not less: 1, 2, 2.5 or 5 times a power of ten.</summary>
    private static double Above(double value)
    {
        if (value <= 0)
        {
            return 1;
        }

        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return power * new[] { 1, 2, 2.5, 5, 10 }.First(factor => factor * power >= value * (1 - 1e-12));
    }

    private static string Short(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static void Line(StringBuilder svg, double x1, double y1, double x2, double y2, string colour) =>
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<line x1=\"{x1:F1}\" y1=\"{y1:F1}\" x2=\"{x2:F1}\" y2=\"{y2:F1}\" stroke=\"{colour}\"/>\n"
        );

    private static void Text(StringBuilder svg, double x, double y, string anchor, string text, string colour) =>
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{SecurityElement.Escape(text)}</text>\n"
        );
}
