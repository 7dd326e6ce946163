using System.Globalization;
using System.Net;
using System.Text;

namespace DynamicRcnn.Cli;

/// <summary>One curve in one panel of a chart.</summary>
/// <param name="Points">From left to right.</param>
/// <param name="Steps">A value holds until the next; otherwise points are joined.</param>
internal sealed record SvgCurve(IReadOnlyList<(double X, double Y)> Points, bool Steps);

/// <summary>Curves over one axis.</summary>
/// <param name="Title">Above them.</param>
/// <param name="Curves">One for each name of the chart, in that order; empty ones are left out.</param>
/// <param name="From">Text at the left end of the axis.</param>
/// <param name="To">Text at its right end.</param>
internal sealed record SvgPanel(string Title, IReadOnlyList<SvgCurve> Curves, string From, string To);

/// <summary>Panels below each other with one legend, as an SVG that needs nothing else.</summary>
internal static class SvgChart
{
    private const int Width = 900;
    private const int PanelHeight = 240;
    private const int Left = 60;
    private const int Right = Width - 10;
    private const int Top = 30;
    private const int Gap = 50;
    private const int LegendRow = 18;
    private const int TickCount = 5;

    // Okabe and Ito's palette, which colour-blind people can tell apart.
    private static readonly string[] Colours =
    [
        "currentColor",
        "#e69f00",
        "#56b4e9",
        "#009e73",
        "#d55e00",
        "#0072b2",
        "#cc79a7",
        "#a0a000",
    ];

    /// <summary>The text of the drawing.</summary>
    /// <param name="title">Read out by screen readers.</param>
    /// <param name="panels">From the top.</param>
    /// <param name="names">What the legend says of each curve.</param>
    public static string Draw(string title, IReadOnlyList<SvgPanel> panels, IReadOnlyList<string> names)
    {
        int legend = Top + (panels.Count * (PanelHeight + Gap));
        int height = legend + (LegendRow * (names.Count + 1));
        var svg = new StringBuilder();
        Line(
            svg,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">"
        );
        Line(svg, $"<title>{Escape(title)}</title>");
        Line(
            svg,
            $"<style>svg {{ color: #222; background: #fff }} @media (prefers-color-scheme: dark) {{ svg {{ color: #ddd; background: #161616 }} }}</style>"
        );
        for (int place = 0; place < panels.Count; place++)
        {
            DrawPanel(svg, panels[place], Top + (place * (PanelHeight + Gap)));
        }

        for (int place = 0; place < names.Count; place++)
        {
            int y = legend + (LegendRow * place);
            Line(
                svg,
                $"<path d=\"M{Left} {y}h24\" {Stroke(place)}/><text x=\"{Left + 32}\" y=\"{y + 4}\" fill=\"currentColor\">{Escape(names[place])}</text>"
            );
        }

        Line(svg, $"</svg>");
        return svg.ToString();
    }

    private static void DrawPanel(StringBuilder svg, SvgPanel panel, int top)
    {
        (double X, double Y)[] all = [.. panel.Curves.SelectMany(curve => curve.Points)];
        (double low, double high) = Range(all.Select(point => point.Y), least: 1e-3);
        (double first, double last) = Range(all.Select(point => point.X), least: 1);
        Line(
            svg,
            $"<text x=\"{Left}\" y=\"{top - 8}\" fill=\"currentColor\" font-weight=\"bold\">{Escape(panel.Title)}</text>"
        );
        for (int tick = 0; tick < TickCount; tick++)
        {
            double value = low + ((high - low) * tick / (TickCount - 1));
            Line(
                svg,
                $"<path d=\"M{Left} {Y(value):F1}H{Right}\" stroke=\"currentColor\" stroke-opacity=\"0.15\"/><text x=\"{Left - 6}\" y=\"{Y(value) + 4:F1}\" text-anchor=\"end\" fill=\"currentColor\">{value:F3}</text>"
            );
        }

        int below = top + PanelHeight + 16;
        Line(svg, $"<text x=\"{Left}\" y=\"{below}\" fill=\"currentColor\">{Escape(panel.From)}</text>");
        Line(
            svg,
            $"<text x=\"{Right}\" y=\"{below}\" text-anchor=\"end\" fill=\"currentColor\">{Escape(panel.To)}</text>"
        );
        for (int place = 0; place < panel.Curves.Count; place++)
        {
            if (panel.Curves[place] is { Points.Count: > 0 } curve)
            {
                Line(svg, $"<path d=\"{Path(curve)}\" {Stroke(place)}/>");
            }
        }

        double X(double value) => Left + ((Right - Left) * (value - first) / (last - first));

        double Y(double value) => top + ((high - value) / (high - low) * PanelHeight);

        string Path(SvgCurve curve)
        {
            var path = new StringBuilder();
            for (int place = 0; place < curve.Points.Count; place++)
            {
                (double x, double y) = curve.Points[place];
                bool onStep =
                    curve.Steps && place > 0 && place + 1 < curve.Points.Count && y.Equals(curve.Points[place - 1].Y);
                if (!onStep)
                {
                    (string at, string to) = (Number(X(x)), Number(Y(y)));
                    path.Append(
                        place == 0 ? $"M{at} {to}"
                        : curve.Steps ? $"H{at}V{to}"
                        : $"L{at} {to}"
                    );
                }
            }

            return path.ToString();
        }
    }

    /// <summary>The ends of an axis, which is never of no length.</summary>
    private static (double Low, double High) Range(IEnumerable<double> values, double least)
    {
        double[] all = [.. values.Order()];
        double low = all.FirstOrDefault();
        double high = all.LastOrDefault();
        return (low, high > low ? high : low + least);
    }

    private static void Line(StringBuilder svg, FormattableString text) =>
        svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');

    // More curves than colours go round again, dashed.
    private static string Stroke(int place) =>
        $"fill=\"none\" stroke=\"{Colours[place % Colours.Length]}\" stroke-width=\"1.6\""
        + (place >= Colours.Length ? " stroke-dasharray=\"5 3\"" : "");

    private static string Number(double value) => value.ToString("F1", CultureInfo.InvariantCulture);

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
