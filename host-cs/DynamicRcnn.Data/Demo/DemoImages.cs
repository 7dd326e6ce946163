namespace DynamicRcnn.Data.Demo;

/// <summary>One object of a demo image: absolute xyxy in pixels, tight around the shape, clipped to the image.</summary>
/// <param name="Kind">The class.</param>
/// <param name="X1">Left.</param>
/// <param name="Y1">Top.</param>
/// <param name="X2">Right.</param>
/// <param name="Y2">Bottom.</param>
/// <param name="Area">Pixels of the image that the shape covers, hidden ones included.</param>
public readonly record struct DemoBox(DemoShapeKind Kind, double X1, double Y1, double X2, double Y2, int Area);

/// <summary>A drawn image and its ground truth.</summary>
public sealed record DemoImage(RgbImage Image, IReadOnlyList<DemoBox> Boxes);

/// <summary>The two parts of the demo data set; the same index shows different scenes in them.</summary>
public enum DemoSplit
{
    /// <summary>Images to train on.</summary>
    Train,

    /// <summary>Images to evaluate on.</summary>
    Validation,
}

/// <summary>The embedded data set: drawn on demand, a pure function of (seed, split, index).</summary>
/// <remarks>
/// Images are 192 to 256 pixels a side with objects that overlap in part. Colour, size and place are independent of the
/// class, so a detector must learn the shape.
/// </remarks>
public static class DemoImages
{
    /// <summary>Class names in label order.</summary>
    public static IReadOnlyList<string> ClassNames { get; } =
    [.. Enum.GetNames<DemoShapeKind>().Select(name => name.ToLowerInvariant())];

    /// <summary>Draws one image of the demo.</summary>
    public static DemoImage Draw(int seed, DemoSplit split, int index) =>
        Draw(seed, split, index, DemoSceneOptions.Demo);

    /// <summary>Draws one image.</summary>
    public static DemoImage Draw(int seed, DemoSplit split, int index, DemoSceneOptions options)
    {
        var random = new DemoRandom(seed, (int)split, index);
        DemoScene scene = DemoSceneComposer.Compose(random, options);
        RgbImage image = DemoPainter.Paint(scene, random);
        return new DemoImage(image, [.. scene.Objects.Select(item => item.Box)]);
    }
}
