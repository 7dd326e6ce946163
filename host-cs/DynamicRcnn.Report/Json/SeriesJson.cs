using System.Text.Json;
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

    internal static void Write(Utf8JsonWriter json, RunSource run)
    {
        WriteNoisy(json, run.Log.Steps);
        WriteStepped(json, run.Log.Steps);
        WriteValidation(json, run.Log.Evaluations);
        WriteRibbon(json, run.Statistics);
    }

    private static void WriteNoisy(Utf8JsonWriter json, LogColumns log)
    {
        json.WriteStartObject("series");
        int[] places = SeriesReduction.BucketPlaces(MostBuckets, log.Iterations.Count);
        Numbers.WriteArray(json, "x", places.Select(place => log.Iterations[place]));
        foreach (string name in noisy)
        {
            if (log.Find(name) is { } values)
            {
                SeriesBucket[] buckets = SeriesReduction.Buckets(MostBuckets, [.. values]);
                json.WriteStartObject(name);
                Numbers.WriteArray(json, "mean", buckets.Select(bucket => bucket.Mean));
                Numbers.WriteArray(json, "low", buckets.Select(bucket => bucket.Lowest));
                Numbers.WriteArray(json, "high", buckets.Select(bucket => bucket.Highest));
                json.WriteEndObject();
            }
        }
        json.WriteEndObject();
    }

    private static void WriteStepped(Utf8JsonWriter json, LogColumns log)
    {
        json.WriteStartObject("steps");
        foreach (string name in stepped)
        {
            if (log.Find(name) is { } values)
            {
                int[] places = SeriesReduction.Changes(MostSteps, [.. values]);
                json.WriteStartObject(name);
                Numbers.WriteArray(json, "x", places.Select(place => log.Iterations[place]));
                Numbers.WriteArray(json, "y", places.Select(place => values[place]), SettingDigits);
                json.WriteEndObject();
            }
        }
        json.WriteEndObject();
    }

    private static void WriteValidation(Utf8JsonWriter json, LogColumns log)
    {
        json.WriteStartObject("validation");
        Numbers.WriteArray(json, "x", log.Iterations);
        foreach (string name in validation)
        {
            if (log.Find(LogReader.ValidationPrefix + name) is { } values)
            {
                Numbers.WriteArray(json, name, values);
            }
        }
        json.WriteEndObject();
    }

    private static void WriteRibbon(Utf8JsonWriter json, StatisticsReader statistics)
    {
        int count = statistics.Iterations.Count;
        if (count == 0)
        {
            json.WriteNull("ribbon");
            return;
        }
        json.WriteStartObject("ribbon");
        json.WriteNumber("own", statistics.OwnRank);
        Numbers.WriteArray(json, "ranks", statistics.Ranks);
        int[] places = SeriesReduction.BucketPlaces(MostRibbonBuckets, count);
        Numbers.WriteArray(json, "x", places.Select(place => statistics.Iterations[place]));
        json.WriteStartArray("ious");
        for (int rank = 0; rank < statistics.Ranks.Count; rank++)
        {
            json.WriteStartArray();
            foreach (SeriesBucket bucket in SeriesReduction.Buckets(MostRibbonBuckets, [.. statistics.TopIoUs(rank)]))
            {
                Numbers.Write(json, bucket.Mean, RibbonDigits);
            }
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
