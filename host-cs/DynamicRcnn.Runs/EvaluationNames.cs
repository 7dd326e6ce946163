using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Runs;

/// <summary>What an evaluation's ids are called.</summary>
/// <param name="Classes">Names of classes by category id.</param>
/// <param name="Images">File names by image id.</param>
public sealed record EvaluationNames(
    IReadOnlyDictionary<long, string> Classes,
    IReadOnlyDictionary<long, string> Images
)
{
    /// <summary>A data set's names.</summary>
    public static EvaluationNames Of(Dataset dataset) =>
        new(
            dataset.Classes.ToDictionary(name => name.Id, name => name.Name),
            dataset.Images.ToDictionary(image => image.Id, image => image.FileName)
        );

    /// <summary>The names in a COCO file; of ids that are there twice the first.</summary>
    public static EvaluationNames Of(CocoGroundTruth truth) =>
        new(
            truth
                .Categories.DistinctBy(category => category.Id)
                .ToDictionary(category => category.Id, category => category.Name),
            truth.Images.DistinctBy(image => image.Id).ToDictionary(image => image.Id, image => image.FileName)
        );

    /// <summary>A class's name; "id 7" for one without.</summary>
    public string ClassOf(long categoryId) =>
        Classes.GetValueOrDefault(categoryId, "") is { Length: > 0 } name ? name : $"id {categoryId}";
}
