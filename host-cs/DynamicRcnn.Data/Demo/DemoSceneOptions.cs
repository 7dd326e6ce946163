namespace DynamicRcnn.Data.Demo;

/// <summary>What objects a scene holds.</summary>
/// <param name="FewestObjects">Objects of an image, at least; fewer only where no room is left.</param>
/// <param name="MostObjects">Objects of an image, at most.</param>
/// <param name="SmallestSize">Diameter of the circle around an object, in pixels, at least.</param>
/// <param name="LargestSize">The same, at most; sizes are even in their logarithm.</param>
/// <param name="ClassShares">How often each class comes, in label order, in any unit.</param>
public sealed record DemoSceneOptions(
    int FewestObjects,
    int MostObjects,
    double SmallestSize,
    double LargestSize,
    IReadOnlyList<double> ClassShares
)
{
    /// <summary>The demo's own: 3 to 20 objects of 16 to 112 pixels, every class as often.</summary>
    public static DemoSceneOptions Demo { get; } = new(3, 20, 16, 112, [1, 1, 1, 1, 1]);
}
