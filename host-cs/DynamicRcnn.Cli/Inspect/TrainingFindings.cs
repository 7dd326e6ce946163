using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>What a training run would say of the splits that it takes.</summary>
internal static class TrainingFindings
{
    /// <summary>Of the training split: that nothing can be learnt from it, or that none of its images can be decoded.</summary>
    /// <param name="dataset">The split.</param>
    /// <param name="ofImages">What was wrong with its image files.</param>
    public static IReadOnlyList<Finding> OfTraining(Dataset dataset, IReadOnlyList<Finding> ofImages)
    {
        if (TrainingCheck.Problem(dataset) is { } problem)
        {
            return [new Finding(FindingKind.Refused, dataset.Name, problem)];
        }

        return ofImages.Count(finding => finding.Kind.IsLoss()) < dataset.Images.Count
            ? []
            :
            [
                new Finding(
                    FindingKind.Refused,
                    dataset.Name,
                    $"{dataset.Name}, split '{dataset.Split}': no image can be decoded to the size that is stated; expected at least one."
                ),
            ];
    }

    /// <summary>Of the validation split: classes that the training split does not have, which it refuses, and those that are missing.</summary>
    public static IReadOnlyList<Finding> OfValidation(Dataset dataset, Dataset training)
    {
        if (ClassLists.Problem(training.Name, training.Classes, dataset) is { } problem)
        {
            return [new Finding(FindingKind.Refused, dataset.Name, problem)];
        }

        return ClassLists.Lacks(training.Classes, dataset) is { } lacks
            ? [new Finding(FindingKind.MissingClasses, dataset.Name, $"{lacks}.")]
            : [];
    }
}
