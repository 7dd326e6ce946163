namespace DynamicRcnn.Data;

/// <summary>
/// The ids of a COCO file's annotations. Evaluation needs them to differ and not to be 0, which COCO's own code takes for no match. Where
/// a file's do not, its annotations are numbered from 1 in its order.
/// </summary>
internal sealed class CocoIds
{
    private const string Done = "the annotations are numbered anew, and every box stays";

    private readonly List<long> given = [];
    private readonly HashSet<long> seen = [];
    private readonly FindingTally repeated = new(FindingKind.DuplicateId);
    private readonly FindingTally unusable = new(FindingKind.RenumberedId);

    /// <summary>None where the ids are as they should be.</summary>
    internal IReadOnlyList<Finding> Findings => [.. repeated.Findings, .. unusable.Findings];

    /// <summary>Takes the next annotation.</summary>
    /// <returns>Its place, from 1.</returns>
    internal long Add(JsonField annotation)
    {
        long? id = annotation.TryGet("id", out JsonField field) && field.IsWhole ? field.Integer() : null;
        if (id is null or 0)
        {
            string what = id is null ? "no whole number" : "0, which COCO's evaluation takes for no match";
            unusable.Add(annotation.File, $"{annotation.Place}.id", $"the annotation id is {what}; {Done}");
        }
        else if (!seen.Add(id.Value))
        {
            repeated.Add(annotation.File, $"{annotation.Place}.id", $"annotation id {id} again; {Done}");
        }
        given.Add(id ?? 0);
        return given.Count;
    }

    /// <summary>The ids to go by, by place, once all are there; null where the places are the ids.</summary>
    internal IReadOnlyList<long>? Kept() => Findings.Count > 0 ? null : given;
}
