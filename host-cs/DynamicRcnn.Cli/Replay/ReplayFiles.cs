using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using DynamicRcnn.Core;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>The numbers of a replay as files. A setting holds until the next one that is named.</summary>
internal static class ReplayFiles
{
    /// <summary>Every curve with its settings, its changes and what it is worth.</summary>
    public static void WriteJson(string path, StatisticsFile file, IReadOnlyList<ReplayedSetting> settings) =>
        AtomicFile.WriteJson(
            path,
            new
            {
                open_loop = true,
                iterations = file.Records.Length,
                recorded_rule = $"{file.Header.Rule}",
                equals_record = ReplayFold.EqualsRecord(file, settings[0].Curve),
                curves = settings.Select(OfCurve),
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

    private static object OfCurve(ReplayedSetting setting)
    {
        ReplayCurve curve = setting.Curve;
        return new
        {
            name = setting.Name,
            dynamic = JsonSerializer.SerializeToElement(curve.Config, ofConfig),
            exact = setting.IsExact,
            iou_threshold_caveats = curve.IoUThresholdCaveats.Select(ReplayFold.Describe),
            beta_caveats = curve.BetaCaveats.Select(ReplayFold.Describe),
            zero_errors = curve.ZeroErrorCount,
            fault = curve.Last.Fault is { } fault ? ProposalStatistics.DescribeFault(fault.Value) : null,
            changes = setting.Changes.Select(place =>
                OfSetting(place + 1, new Setting(curve.IoUThresholds[place], curve.Betas[place]))
            ),
            after = OfSetting(curve.Last.Iteration, curve.Last.Setting),
        };
    }

    private static object OfSetting(int iteration, Setting value) =>
        new
        {
            iteration,
            iou_threshold = value.IoUThreshold,
            beta = value.Beta,
        };

    private static readonly JsonSerializerOptions ofConfig = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new ByName<StatisticsRule>(), new ByName<RankScaling>() },
    };

    /// <summary>A union's case without fields, as its name.</summary>
    private sealed class ByName<T> : JsonConverter<T>
        where T : class
    {
        public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue($"{value}");
    }
}
