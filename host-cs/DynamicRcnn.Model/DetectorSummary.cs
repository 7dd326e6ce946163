namespace DynamicRcnn.Model;

/// <summary>The size of one part of a detector.</summary>
/// <param name="Name">The part's name, which is the first word of its parameters' names.</param>
/// <param name="ParameterCount">Numbers in its parameters; buffers (a frozen batch norm) do not count.</param>
/// <param name="TrainedCount">Those that have a gradient.</param>
public sealed record DetectorPart(string Name, long ParameterCount, long TrainedCount);

/// <summary>What a detector consists of.</summary>
/// <param name="Parts">backbone, fpn, rpn, roi_head.</param>
public sealed record DetectorSummary(IReadOnlyList<DetectorPart> Parts)
{
    /// <summary>Counts the parameters of each part of the detector.</summary>
    public static DetectorSummary Of(Detector detector) =>
        new([
            .. detector
                .named_parameters()
                .GroupBy(named => named.Item1.Split('.')[0])
                .Select(part => new DetectorPart(
                    part.Key,
                    part.Sum(named => named.Item2.numel()),
                    part.Where(named => named.Item2.requires_grad).Sum(named => named.Item2.numel())
                )),
        ]);
}
