using System.Globalization;
using System.Text;
using System.Text.Json;
using DynamicRcnn.Core;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>The numbers of a replay as files. A setting holds until the next one that is named.</summary>
internal static class ReplayFiles
{
    /// <summary>Every curve with its settings, its changes and what it is worth.</summary>
    public static void WriteJson(string path, StatisticsFile file, IReadOnlyList<ReplayedSetting> settings) =>
        AtomicFile.Write(
            path,
            stream =>
            {
                using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
                json.WriteStartObject();
                json.WriteBoolean("open_loop", true);
                json.WriteNumber("iterations", file.Records.Length);
                json.WriteString("recorded_rule", $"{file.Header.Rule}");
                json.WriteBoolean("equals_record", ReplayFold.EqualsRecord(file, settings[0].Curve));
                json.WriteStartArray("curves");
                foreach (ReplayedSetting setting in settings)
                {
                    WriteCurve(json, setting);
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
        );

    /// <summary>A row for each iteration at which a curve changes, two columns for each curve.</summary>
    public static void WriteCsv(string path, IReadOnlyList<ReplayedSetting> settings)
    {
        var text = new StringBuilder("iteration");
        foreach (ReplayedSetting setting in settings)
        {
            text.Append(CultureInfo.InvariantCulture, $",\"iou_threshold ({setting.Name})\",\"beta ({setting.Name})\"");
        }
        text.Append('\n');
        foreach (int place in settings.SelectMany(setting => setting.Changes).Distinct().Order())
        {
            text.Append(CultureInfo.InvariantCulture, $"{place + 1}");
            foreach (ReplayCurve curve in settings.Select(setting => setting.Curve))
            {
                text.Append(
                    place < curve.Betas.Length
                        ? string.Create(
                            CultureInfo.InvariantCulture,
                            $",{curve.IoUThresholds[place]:R},{curve.Betas[place]:R}"
                        )
                        : ",,"
                );
            }
            text.Append('\n');
        }
        AtomicFile.WriteText(path, text.ToString());
    }

    private static void WriteCurve(Utf8JsonWriter json, ReplayedSetting setting)
    {
        ReplayCurve curve = setting.Curve;
        json.WriteStartObject();
        json.WriteString("name", setting.Name);
        json.WriteStartObject("dynamic");
        json.WriteString("rule", $"{curve.Config.Rule}");
        json.WriteBoolean("moveThreshold", curve.Config.MoveThreshold);
        json.WriteBoolean("moveBeta", curve.Config.MoveBeta);
        json.WriteNumber("topIoUCount", curve.Config.TopIoUCount);
        json.WriteNumber("lowErrorCount", curve.Config.LowErrorCount);
        json.WriteNumber("updateInterval", curve.Config.UpdateInterval);
        json.WriteNumber("initialIoU", curve.Config.InitialIoU);
        json.WriteNumber("floorIoU", curve.Config.FloorIoU);
        json.WriteNumber("ceilingIoU", curve.Config.CeilingIoU);
        json.WriteNumber("initialBeta", curve.Config.InitialBeta);
        json.WriteNumber("minimumBeta", curve.Config.MinimumBeta);
        json.WriteString("rankScaling", $"{curve.Config.RankScaling}");
        json.WriteEndObject();
        json.WriteBoolean("exact", setting.IsExact);
        WriteCaveats("iou_threshold_caveats", curve.IoUThresholdCaveats);
        WriteCaveats("beta_caveats", curve.BetaCaveats);
        json.WriteNumber("zero_errors", curve.ZeroErrorCount);
        json.WriteString("fault", curve.Last.Fault is { } fault ? ProposalStatistics.DescribeFault(fault.Value) : null);
        json.WriteStartArray("changes");
        foreach (int place in setting.Changes)
        {
            WriteSetting(place + 1, new Setting(curve.IoUThresholds[place], curve.Betas[place]));
        }
        json.WriteEndArray();
        json.WritePropertyName("after");
        WriteSetting(curve.Last.Iteration, curve.Last.Setting);
        json.WriteEndObject();

        void WriteCaveats(string name, ReplayCaveat[] caveats)
        {
            json.WriteStartArray(name);
            foreach (ReplayCaveat caveat in caveats)
            {
                json.WriteStringValue(ReplayFold.Describe(caveat));
            }
            json.WriteEndArray();
        }

        void WriteSetting(int iteration, Setting value)
        {
            json.WriteStartObject();
            json.WriteNumber("iteration", iteration);
            json.WriteNumber("iou_threshold", value.IoUThreshold);
            json.WriteNumber("beta", value.Beta);
            json.WriteEndObject();
        }
    }
}
