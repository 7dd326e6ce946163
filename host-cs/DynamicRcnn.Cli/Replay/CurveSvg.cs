using System.Globalization;
using System.Net;
using System.Text;
using DynamicRcnn.Core;

namespace DynamicRcnn.Cli.Replay;

/// <summary>The curves of a replay as one SVG: IoU threshold above beta, as steps.</summary>
internal static class CurveSvg
{
    private const int Width = 900;
    private const int PanelHeight = 240;
    private const int Left = 60;
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
    public static string Draw(IReadOnlyList<ReplayedSetting> settings)
    {
        int legend = Top + (2 * (PanelHeight + Gap));
        int height = legend + (LegendRow * (settings.Count + 1));
        var svg = new StringBuilder();
        Line(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">"
        );
        Line($"<title>Open-loop replay of the schedule</title>");
        Line(
            $"<style>svg {{ color: #222; background: #fff }} @media (prefers-color-scheme: dark) {{ svg {{ color: #ddd; background: #161616 }} }}</style>"
        );
        Panel("IoU threshold", Top, curve => curve.IoUThresholds);
        Panel("beta", Top + PanelHeight + Gap, curve => curve.Betas);
        for (int place = 0; place < settings.Count; place++)
        {
            int y = legend + (LegendRow * place);
            string worth = settings[place].IsExact ? "exact" : "approximate";
            Line(
                $"<path d=\"M{Left} {y}h24\" {Stroke(place)}/><text x=\"{Left + 32}\" y=\"{y + 4}\" fill=\"currentColor\">{Escape(settings[place].Name)} ({worth})</text>"
            );
        }
        Line($"</svg>");
        return svg.ToString();

        void Line(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');

        void Panel(string title, int top, Func<ReplayCurve, double[]> values)
        {
            double[][] curves = [.. settings.Select(setting => values(setting.Curve))];
            double[] all = [.. curves.SelectMany(curve => curve)];
            double low = all.Length == 0 ? 0 : all.Min();
            double high = all.Length == 0 || all.Max() <= low ? low + 1e-3 : all.Max();
            int longest = Math.Max(1, curves.Max(curve => curve.Length));
            Line($"<text x=\"{Left}\" y=\"{top - 8}\" fill=\"currentColor\" font-weight=\"bold\">{title}</text>");
            for (int tick = 0; tick < TickCount; tick++)
            {
                double value = low + ((high - low) * tick / (TickCount - 1));
                Line(
                    $"<path d=\"M{Left} {Y(value):F1}H{Width - 10}\" stroke=\"currentColor\" stroke-opacity=\"0.15\"/><text x=\"{Left - 6}\" y=\"{Y(value) + 4:F1}\" text-anchor=\"end\" fill=\"currentColor\">{value:F3}</text>"
                );
            }
            Line($"<text x=\"{Left}\" y=\"{top + PanelHeight + 16}\" fill=\"currentColor\">1</text>");
            Line(
                $"<text x=\"{Width - 10}\" y=\"{top + PanelHeight + 16}\" text-anchor=\"end\" fill=\"currentColor\">iteration {longest}</text>"
            );
            for (int place = 0; place < curves.Length; place++)
            {
                if (curves[place].Length > 0)
                {
                    Line($"<path d=\"{Steps(settings[place], curves[place])}\" {Stroke(place)}/>");
                }
            }

            double Y(double value) => top + ((high - value) / (high - low) * PanelHeight);

            double X(int at) => Left + ((Width - 10.0 - Left) * at / longest);

            string Steps(ReplayedSetting setting, double[] curve)
            {
                IEnumerable<string> steps = setting.Changes.Select(at =>
                    at == 0 ? $"M{Number(X(0))} {Number(Y(curve[0]))}" : $"H{Number(X(at))}V{Number(Y(curve[at]))}"
                );
                return string.Concat(steps) + $"H{Number(X(curve.Length))}";
            }

            string Number(double value) => value.ToString("F1", CultureInfo.InvariantCulture);
        }
    }

    // More curves than colours go round again, dashed.
    private static string Stroke(int place) =>
        $"fill=\"none\" stroke=\"{Colours[place % Colours.Length]}\" stroke-width=\"1.6\""
        + (place >= Colours.Length ? " stroke-dasharray=\"5 3\"" : "");

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
