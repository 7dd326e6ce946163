using DynamicRcnn.Core;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>What the arms of an experiment did, as pictures.</summary>
internal static class ExperimentPictures
{
    private const double FirstIoU = 0.5;
    private const double LastIoU = 0.95;

    /// <summary>IoU threshold and beta, iteration by iteration.</summary>
    public static string SchedulePath(string root) => Path.Combine(root, "schedule.svg");

    /// <summary>AP at each IoU.</summary>
    public static string APPath(string root) => Path.Combine(root, "ap.svg");

    /// <summary>The settings of one run of each arm.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteSchedules(string root, IReadOnlyList<ExperimentRunFolder> runs)
    {
        Setting[][] settings = [.. runs.Select(run => run.Settings())];
        int iterations = settings.Max(each => each.Length);
        AtomicFile.WriteText(
            SchedulePath(root),
            SvgChart.Draw(
                "The second stage's settings",
                [Panel("IoU threshold", each => each.IoUThreshold), Panel("beta", each => each.Beta)],
                [.. runs.Select(run => run.Name)]
            )
        );

        SvgPanel Panel(string title, Func<Setting, double> value) =>
            new(
                title,
                [
                    .. settings.Select(each => new SvgCurve(
                        [.. each.Select((setting, place) => (place + 1.0, value(setting)))],
                        Steps: true
                    )),
                ],
                "1",
                $"iteration {iterations}"
            );
    }

    /// <summary>Mean AP over the seeds, at each IoU of COCO's.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteAP(string root, ExperimentRow[] rows)
    {
        SvgCurve[] curves =
        [
            .. rows.Select(row => new SvgCurve(
                [.. row.APByIoU.Select((ap, place) => (FirstIoU + (place * Step(row)), ap))],
                Steps: false
            )),
        ];
        AtomicFile.WriteText(
            APPath(root),
            SvgChart.Draw(
                "AP at each IoU",
                [new SvgPanel("AP", curves, $"at IoU {FirstIoU:0.00}", $"{LastIoU:0.00}")],
                [.. rows.Select(row => row.AP.Count == 1 ? row.Arm : $"{row.Arm}, mean of {row.AP.Count}")]
            )
        );
    }

    private static double Step(ExperimentRow row) => (LastIoU - FirstIoU) / (row.APByIoU.Length - 1);
}
