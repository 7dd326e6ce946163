using DynamicRcnn.Core;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Report;

/// <summary>The curves of a run, short enough to draw.</summary>
internal static class SeriesJson
{
    private const int MostBuckets = 1000;
    private const int MostSteps = 2000;
    private const int MostRibbonBuckets = 400;
    private const int SettingDigits = 7;
    private const int RibbonDigits = 3;

    /// <summary>Drawn as a line between the extremes of neighbours.</summary>
    private static readonly string[] noisy =
    [
        "loss",
        "rpn_objectness",
        "rpn_box",
        "classification",
        "box",
        RecordedValues.OfStage("classification", 1),
        RecordedValues.OfStage("box", 1),
        "gradient_norm",
        "top_iou",
        "low_error",
        "seconds",
        "waiting_seconds",
        "resident_megabytes",
    ];

    /// <summary>Drawn as steps, exactly where there are few.</summary>
    private static readonly string[] stepped = ["learning_rate", "iou_threshold", "beta"];

    private static readonly string[] validation = ["loss", "rpn_objectness", "rpn_box", "classification", "box"];

    /// <summary>The fields of a run that hold its curves.</summary>
    internal static IEnumerable<(string Name, object? Value)> Of(RunSource run) =>
        [
            ("series", Noisy(run.Log.Steps)),
            ("steps", Stepped(run.Log.Steps)),
            ("validation", Validation(run.Log.Evaluations)),
            ("ribbons", run.Statistics.Select(Ribbon)),
        ];

    private static Dictionary<string, object> Noisy(LogColumns log)
    {
        int[] places = SeriesReduction.BucketPlaces(MostBuckets, log.Iterations.Count);
        Dictionary<string, object> series = new() { ["x"] = places.Select(place => log.Iterations[place]) };
        foreach (string name in noisy.Concat(OfStages(log, "top_iou", "low_error", "classification", "box")))
        {
            if (log.Find(name) is { } values)
            {
                SeriesBucket[] buckets = SeriesReduction.Buckets(MostBuckets, [.. values]);
                series[name] = new
                {
                    mean = Numbers.Of(buckets.Select(bucket => bucket.Mean)),
                    low = Numbers.Of(buckets.Select(bucket => bucket.Lowest)),
                    high = Numbers.Of(buckets.Select(bucket => bucket.Highest)),
                };
            }
        }
        return series;
    }

    private static Dictionary<string, object> Stepped(LogColumns log)
    {
        Dictionary<string, object> series = [];
        foreach (string name in stepped.Concat(OfStages(log, "iou_threshold", "beta")))
        {
            if (log.Find(name) is { } values)
            {
                int[] places = SeriesReduction.Changes(MostSteps, [.. values]);
                series[name] = new
                {
                    x = places.Select(place => log.Iterations[place]),
                    y = Numbers.Of(places.Select(place => values[place]), SettingDigits),
                };
            }
        }
        return series;
    }

    /// <summary>Names of the values that a cascade's stages after the first have for themselves.</summary>
    private static IEnumerable<string> OfStages(LogColumns log, params string[] names) =>
        Enumerable
            .Range(2, int.MaxValue - 2)
            .TakeWhile(stage => log.Find(RecordedValues.OfStage("iou_threshold", stage)) is not null)
            .SelectMany(stage => names.Select(name => RecordedValues.OfStage(name, stage)));

    private static Dictionary<string, object> Validation(LogColumns log)
    {
        Dictionary<string, object> series = new() { ["x"] = log.Iterations };
        foreach (string name in validation)
        {
            if (log.Find(LogReader.ValidationPrefix + name) is { } values)
            {
                series[name] = Numbers.Of(values);
            }
        }
        return series;
    }

    private static object? Ribbon(StatisticsReader statistics)
    {
        int count = statistics.Iterations.Count;
        return count == 0
            ? null
            : new
            {
                own = statistics.OwnRank,
                ranks = statistics.Ranks,
                x = SeriesReduction
                    .BucketPlaces(MostRibbonBuckets, count)
                    .Select(place => statistics.Iterations[place]),
                ious = Enumerable
                    .Range(0, statistics.Ranks.Count)
                    .Select(rank => SeriesReduction.Buckets(MostRibbonBuckets, [.. statistics.TopIoUs(rank)]))
                    .Select(buckets => Numbers.Of(buckets.Select(bucket => bucket.Mean), RibbonDigits)),
            };
    }
}
