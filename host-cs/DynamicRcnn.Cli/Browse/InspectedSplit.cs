using DynamicRcnn.Data;

namespace DynamicRcnn.Cli.Browse;

/// <summary>A split and all that was found wrong with it.</summary>
/// <param name="Dataset">The split.</param>
/// <param name="Findings">Of its annotations and of its image files.</param>
internal sealed record InspectedSplit(Dataset Dataset, IReadOnlyList<Finding> Findings);
