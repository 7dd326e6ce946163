namespace DynamicRcnn.Data;

/// <summary>
/// The ids of a COCO file's annotations. Evaluation needs them to differ and not to be 0, as which COCO's own code takes for no match. Where
/// a file's do not, its annotations are numbered from 1 in its order.
/// </summary>
internal sealed class CocoIds
{
    private readonly bool renumber;

    private CocoIds(IReadOnlyList<Finding> findings)
    {
        Findings = findings;
        renumber = findings.Count > 0;
    }

    /// <summary>One, where the annotations are numbered anew.</summary>
    internal IReadOnlyList<Finding> Findings { get; }

    internal static CocoIds Of(IEnumerable<JsonField> annotations)
    {
        HashSet<long> seen = [];
        FindingTally repeated = new(FindingKind.DuplicateId);
        FindingTally unusable = new(FindingKind.RenumberedId);
        foreach (JsonField annotation in annotations)
        {
            long? id = annotation.TryGet("id", out JsonField field) && field.IsWhole ? field.Integer() : null;
            string place = $"{annotation.Place}.id";
            const string done = "the annotations are numbered anew, and every box stays";
            if (id is null or 0)
            {
                string given = id is null ? "no whole number" : "0, which COCO's evaluation takes for no match";
                unusable.Add(annotation.File, place, $"the annotation id is {given}; {done}");
            }
            else if (!seen.Add(id.Value))
            {
                repeated.Add(annotation.File, place, $"annotation id {id} again; {done}");
            }
        }
        return new CocoIds([.. repeated.Findings, .. unusable.Findings]);
    }

    /// <param name="annotation">One of the file.</param>
    /// <param name="place">Its own, from 1.</param>
    internal long Of(JsonField annotation, long place) => renumber ? place : annotation.Require("id").Integer();
}
