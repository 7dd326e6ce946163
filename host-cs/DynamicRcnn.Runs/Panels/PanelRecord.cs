namespace DynamicRcnn.Runs;

/// <summary>A run's evaluation/iteration-N.panel.json: the boxes that each evaluation found in the panel's images.</summary>
internal sealed class PanelRecord
{
    private const double LeastScore = 0.05;
    private const int MostBoxes = 100;
    private readonly RunFolder folder;
    private readonly Panel panel;

    private PanelRecord(RunFolder folder, Panel panel)
    {
        this.folder = folder;
        this.panel = panel;
    }

    /// <summary>Starts or continues the record; files after the iteration belong to a future that did not happen.</summary>
    internal static PanelRecord Open(RunFolder folder, Panel panel, int iteration)
    {
        foreach ((int _, string path) in folder.PanelEvaluations().Where(entry => entry.Iteration > iteration))
        {
            File.Delete(path);
        }
        return new PanelRecord(folder, panel);
    }

    /// <exception cref="IOException">The file cannot be written.</exception>
    internal void Append(Evaluated evaluated)
    {
        if (panel.Images.Count > 0)
        {
            IReadOnlyDictionary<long, IReadOnlyList<DetectedObject>> found = evaluated.Measurement.Kept;
            PanelJson.Write(
                folder,
                new PanelEvaluation(
                    evaluated.State.Iteration,
                    [.. panel.Images.Select(image => Best(found.GetValueOrDefault(image.Id, [])))]
                )
            );
        }
    }

    private static DetectedObject[] Best(IReadOnlyList<DetectedObject> found) =>
        [.. found.Where(IsShown).OrderByDescending(box => box.Score).Take(MostBoxes)];

    private static bool IsShown(DetectedObject box) =>
        box.Score >= LeastScore
        && float.IsFinite(box.X1)
        && float.IsFinite(box.Y1)
        && float.IsFinite(box.X2)
        && float.IsFinite(box.Y2);
}
