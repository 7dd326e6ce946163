using DynamicRcnn.Core;

namespace DynamicRcnn.Cli;

/// <summary>Tells people what a replay gave: a table, and what the curves are worth.</summary>
internal static class ReplayReport
{
    /// <summary>What tells the settings apart, the run's own first.</summary>
    internal const string Marks = "*abcdefghijkl";

    /// <param name="file">The record.</param>
    /// <param name="settings">The run's own first.</param>
    /// <param name="output">Where to write.</param>
    public static void Write(StatisticsFile file, IReadOnlyList<ReplayedSetting> settings, TextWriter output)
    {
        output.WriteLine(
            $"{Amount.Count(file.Records.Length, "iteration")} recorded under {file.Header.Rule}, "
                + $"K_I {file.Header.TopIoUCount}, K_E {file.Header.LowErrorCount}"
        );
        if (file.TornBytes > 0)
        {
            output.WriteLine(
                $"warning: {Amount.Count(file.TornBytes, "byte")} at the end are no whole record and are left out"
            );
        }
        output.WriteLine();
        WriteTable(settings, output);
        output.WriteLine();
        WriteWorth(file, settings, output);
    }

    private static void WriteTable(IReadOnlyList<ReplayedSetting> settings, TextWriter output)
    {
        var table = new TextTable();
        table.Add("", "IoU threshold", "beta", "changes", "errors of 0", "worth");
        for (int place = 0; place < settings.Count; place++)
        {
            ReplayCurve curve = settings[place].Curve;
            table.Add(
                $"{Marks[place]} {settings[place].Name}",
                $"{curve.Last.Setting.IoUThreshold:F4}",
                $"{curve.Last.Setting.Beta:F4}",
                $"{curve.ChangeCount}",
                $"{curve.ZeroErrorCount}",
                settings[place].IsExact ? "exact" : "approximate"
            );
        }
        table.Write(output);
    }

    private static void WriteWorth(StatisticsFile file, IReadOnlyList<ReplayedSetting> settings, TextWriter output)
    {
        output.WriteLine(
            "open-loop: the detector was trained under the run's own settings, and under others its proposals would have been others"
        );
        output.WriteLine(
            ReplayFold.EqualsRecord(file, settings[0].Curve)
                ? "the run's own settings give the recorded curve again, to the bit"
                : "warning: the run's own settings do not give the recorded curve; was config.json or statistics.bin changed?"
        );
        foreach ((ReplayedSetting setting, char mark) in settings.Zip(Marks).Skip(1))
        {
            WriteCaveats(setting, mark, output);
        }
        foreach (ReplayedSetting setting in settings.Where(setting => setting.Curve.Last.Fault is not null))
        {
            output.WriteLine(
                $"{setting.Name}: ends at iteration {setting.Curve.Last.Iteration}: {ProposalStatistics.DescribeFault(setting.Curve.Last.Fault!.Value)}"
            );
        }
    }

    private static void WriteCaveats(ReplayedSetting setting, char mark, TextWriter output)
    {
        if (setting.IsExact)
        {
            output.WriteLine($"{mark} exact: to the bit what this schedule computes from the recorded proposals");
            return;
        }
        if (!setting.AreOwnBoxes)
        {
            output.WriteLine(
                $"{mark} approximate: the stage before drew its boxes at the run's own thresholds, not at those of this setting"
            );
        }
        ReplayCaveat[] both = [.. setting.Curve.IoUThresholdCaveats.Intersect(setting.Curve.BetaCaveats)];
        Write("approximate", both);
        Write("IoU threshold approximate", setting.Curve.IoUThresholdCaveats.Except(both));
        Write("beta approximate", setting.Curve.BetaCaveats.Except(both));

        void Write(string what, IEnumerable<ReplayCaveat> caveats)
        {
            foreach (ReplayCaveat caveat in caveats)
            {
                output.WriteLine($"{mark} {what}: {ReplayFold.Describe(caveat)}");
            }
        }
    }
}
