using System.Text.Json;
using DynamicRcnn.Core;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Report;

/// <summary>What the page shows, as JSON that is safe inside a page: no text in it can end the element that holds it.</summary>
/// <param name="Data">Everything but pictures.</param>
/// <param name="Pictures">The panel's pictures.</param>
internal sealed record ReportJson(byte[] Data, byte[] Pictures)
{
    private const int MostDetailed = 60;
    private const int LeastDetailed = 20;

    /// <exception cref="RunException">A file of a run is damaged.</exception>
    internal static ReportJson Of(IReadOnlyList<RunSource> runs)
    {
        PanelPictures pictures = new();
        int detailed = Math.Max(LeastDetailed, MostDetailed / runs.Count);
        byte[] data = Written(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("runs");
            foreach (RunSource run in runs)
            {
                json.WriteStartObject();
                json.WriteString("name", run.Name);
                WriteCounts(json, run);
                SeriesJson.Write(json, run);
                EvaluationsJson.Write(json, run, detailed);
                pictures.WritePanel(json, run);
                WriteConfig(json, run.Config);
                WriteSessions(json, run.Sessions);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
        return new ReportJson(data, Written(pictures.Write));
    }

    // The writer's encoder turns <, >, &, quotes and all that is not ASCII into escapes.
    private static byte[] Written(Action<Utf8JsonWriter> write)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            write(json);
        }
        return bytes.ToArray();
    }

    private static void WriteCounts(Utf8JsonWriter json, RunSource run)
    {
        LogColumns steps = run.Log.Steps;
        json.WriteNumber("iteration", run.Iteration);
        json.WriteNumber("logged", steps.Iterations.Count);
        json.WriteNumber("skipped", run.Log.Skipped);
        json.WriteNumber("non_finite", run.Log.NonFinite);
        json.WriteNumber("unreadable", run.Log.Unreadable);
        json.WriteNumber("seconds", Math.Round((steps.Find("seconds") ?? []).Where(double.IsFinite).Sum(), 1));
    }

    private static void WriteConfig(Utf8JsonWriter json, IReadOnlyList<ConfigRow> rows)
    {
        json.WriteStartArray("config");
        foreach (ConfigRow row in rows)
        {
            json.WriteStartArray();
            json.WriteStringValue(row.Path);
            json.WriteStringValue(row.Value);
            json.WriteStringValue(row.Origin);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    private static void WriteSessions(Utf8JsonWriter json, IReadOnlyList<RunSession> sessions)
    {
        json.WriteStartArray("sessions");
        foreach (RunSession session in sessions)
        {
            json.WriteStartObject();
            json.WriteNumber("iteration", session.Iteration);
            json.WriteStartArray("environment");
            foreach (EnvironmentEntry entry in session.Entries)
            {
                json.WriteStartArray();
                json.WriteStringValue(entry.Name);
                json.WriteStringValue(entry.Value);
                json.WriteEndArray();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
