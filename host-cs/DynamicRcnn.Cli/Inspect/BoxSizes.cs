using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>Sizes of boxes in COCO's terms, by the box's own area in original pixels.</summary>
internal static class BoxSizes
{
    private const double SmallArea = 32 * 32;
    private const double LargeArea = 96 * 96;

    public static double Area(GroundTruthBox box) => (double)(box.X2 - box.X1) * (box.Y2 - box.Y1);

    public static bool IsSmall(GroundTruthBox box) => Area(box) < SmallArea;

    public static bool IsMedium(GroundTruthBox box) => !IsSmall(box) && !IsLarge(box);

    public static bool IsLarge(GroundTruthBox box) => Area(box) >= LargeArea;
}
