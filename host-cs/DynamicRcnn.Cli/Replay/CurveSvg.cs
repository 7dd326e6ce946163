using DynamicRcnn.Core;

namespace DynamicRcnn.Cli;

/// <summary>The curves of a replay as one SVG: IoU threshold above beta, as steps.</summary>
internal static class CurveSvg
{
    /// <summary>The text of the drawing.</summary>
    public static string Draw(IReadOnlyList<ReplayedSetting> settings)
    {
        return SvgChart.Draw(
            "Open-loop replay of the schedule",
            [Panel("IoU threshold", curve => curve.IoUThresholds), Panel("beta", curve => curve.Betas)],
            [.. settings.Select(setting => $"{setting.Name} ({(setting.IsExact ? "exact" : "approximate")})")]
        );

        SvgPanel Panel(string title, Func<ReplayCurve, double[]> values)
        {
            int longest = Math.Max(1, settings.Max(setting => values(setting.Curve).Length));
            return new SvgPanel(
                title,
                [.. settings.Select(setting => new SvgCurve(Points(values(setting.Curve)), Steps: true))],
                "1",
                $"iteration {longest}"
            );
        }
    }

    /// <summary>The last setting holds to the end of its iteration.</summary>
    private static (double X, double Y)[] Points(double[] values) =>
        values.Length == 0 ? [] : [.. values.Select((value, at) => ((double)at, value)), (values.Length, values[^1])];
}
