using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>drcnn replay: the schedule that other settings make of a run's recorded statistics; no detector and no libtorch.</summary>
internal static class ReplayCommand
{
    /// <exception cref="UsageException">A setting is not valid, or the record does not reach that far.</exception>
    /// <exception cref="DataException">The record is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static void Run(ReplayOptions options, Terminal terminal)
    {
        OwnPlace.RequirePage("replay: --report", options.Report);
        RunFolder folder = RunFolder.Read(options.Run);
        var layer = new ConfigLayer(folder.ConfigPath, File.ReadAllText(folder.ConfigPath));
        ResolvedConfig recorded = Configuration.Require(ConfigText.ReadBack(layer));
        int stages = recorded.Config.Model.Cascade.StageCount;
        if (options.Stage > stages)
        {
            throw new UsageException([
                $"replay: --stage is {options.Stage}, expected at most {stages}: the run's detector has {Amount.Count(stages, "box head")}",
            ]);
        }
        string path = folder.StatisticsOf(options.Stage - 1);
        StatisticsFile file = ReadStatistics(path);
        ReplayedSetting own = new("the run", recorded, Fold(path, options.Stage, file, recorded, recorded));
        ReplayedSetting[] others =
        [
            .. options
                .Variants.Select(variant => Configuration.Require(ConfigText.Adjust(recorded, variant)))
                .Select(changed => new ReplayedSetting(
                    Name(recorded.Config, changed.Config),
                    changed,
                    Fold(path, options.Stage, file, recorded, changed)
                )
                {
                    AreOwnBoxes = options.Stage == 1,
                }),
        ];
        ReplayedSetting[] all = [own, .. others];
        if (stages > 1)
        {
            terminal.Output.WriteLine($"stage {options.Stage} of {stages}");
        }
        ReplayReport.Write(file, all, terminal.Output);
        if (options.Json is { } json)
        {
            ReplayFiles.WriteJson(json, file, all);
            terminal.Output.WriteLine(json);
        }
        if (options.Csv is { } csv)
        {
            ReplayFiles.WriteCsv(csv, all);
            terminal.Output.WriteLine(csv);
        }
        if (options.Report is { } page)
        {
            ReplayPage.Write(page, folder, others);
            terminal.Output.WriteLine(page);
        }
    }

    private static StatisticsFile ReadStatistics(string path)
    {
        if (!File.Exists(path))
        {
            throw new DataException(
                $"{path}: there is no such file; expected the statistics that a run of this version records."
            );
        }
        Parsed<StatisticsFile> parsed = StatisticsFormat.Read(path, File.ReadAllBytes(path));
        return parsed.IsOk ? parsed.Value : throw new DataException(parsed.Problems[0]);
    }

    private static ReplayCurve Fold(
        string path,
        int stage,
        StatisticsFile file,
        ResolvedConfig recorded,
        ResolvedConfig changed
    )
    {
        DynamicConfig Schedule(ResolvedConfig config) => StageSchedules.Of(config.Config)[stage - 1];
        Parsed<ReplayCurve> curve = ReplayFold.Run(file, Schedule(recorded), Schedule(changed));
        return curve.IsOk ? curve.Value : throw new UsageException([$"{path}: {curve.Problems[0]}."]);
    }

    /// <summary>What a setting changes: "topIoUCount=25 rule=Official".</summary>
    private static string Name(Config recorded, Config changed)
    {
        string[] parts =
        [
            .. ConfigComparison
                .Differences(recorded, changed)
                .Select(difference =>
                    $"{difference.Path[(difference.Path.LastIndexOf('.') + 1)..]}={difference.After}"
                ),
        ];
        return parts.Length == 0 ? "as the run" : string.Join(' ', parts);
    }
}
