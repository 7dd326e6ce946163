using System.Text.Json;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Report;

/// <summary>
/// What the page shows, as JSON that is safe inside a page: no text in it can end the element that holds it, for the encoder turns &lt;, &gt;, &amp;, quotes
/// and all that is not ASCII into escapes.
/// </summary>
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
        byte[] data = JsonSerializer.SerializeToUtf8Bytes(
            new { runs = runs.Select(run => Of(run, detailed, pictures)) }
        );
        return new ReportJson(data, JsonSerializer.SerializeToUtf8Bytes(pictures.All));
    }

    private static Dictionary<string, object?> Of(RunSource run, int detailed, PanelPictures pictures)
    {
        LogColumns steps = run.Log.Steps;
        Dictionary<string, object?> fields = new()
        {
            ["name"] = run.Name,
            ["iteration"] = run.Iteration,
            ["logged"] = steps.Iterations.Count,
            ["skipped"] = run.Log.Skipped,
            ["non_finite"] = run.Log.NonFinite,
            ["unreadable"] = run.Log.Unreadable,
            ["seconds"] = Math.Round((steps.Find("seconds") ?? []).Where(double.IsFinite).Sum(), 1),
        };
        foreach ((string name, object? value) in SeriesJson.Of(run))
        {
            fields[name] = value;
        }
        fields["evaluations"] = EvaluationsJson.Of(run, detailed);
        fields["panel"] = pictures.PanelOf(run);
        fields["config"] = run.Config.Select(row => (string[])[row.Path, row.Value, row.Origin]);
        fields["sessions"] = run.Sessions.Select(session => new
        {
            iteration = session.Iteration,
            environment = session.Entries.Select(entry => (string[])[entry.Name, entry.Value]),
        });
        return fields;
    }
}
