using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>One of the looks that testing takes at an image.</summary>
/// <param name="ShortSide">Wanted short side in pixels.</param>
/// <param name="MaxSide">Bound of the long side in pixels.</param>
/// <param name="Flipped">Mirrored left to right, after the resizing.</param>
public sealed record TestPass(int ShortSide, int MaxSide, bool Flipped)
{
    /// <summary>The unflipped pass at the evaluation size.</summary>
    public static TestPass Base(DataConfig data) => new(data.EvaluationShortSide, data.EvaluationMaxSide, false);

    /// <summary>
    /// The passes of one image in their order: each scale ascending, and behind each its mirror image if that is wanted. Official: the
    /// evaluation size comes first, whether or not it is a scale too. MMDetection: the scales alone, if there are any.
    /// </summary>
    /// <param name="data">The evaluation size.</param>
    /// <param name="testing">Validated: one bound, or one for each scale.</param>
    public static IReadOnlyList<TestPass> Of(DataConfig data, TestingConfig testing)
    {
        TestPass first = Base(data);
        if (testing.Kind.IsNone)
        {
            return [first];
        }
        TestPass[] scales =
        [
            .. testing.Scales.Select(
                (side, index) => new TestPass(side, testing.MaxSides[testing.MaxSides.Length == 1 ? 0 : index], false)
            ),
        ];
        TestPass[] unflipped = testing.Kind.IsMMDetection && scales.Length > 0 ? scales : [first, .. scales];
        return testing.Flip ? [.. unflipped.SelectMany(Both)] : unflipped;
    }

    /// <summary>The size that an image of so many pixels has in this pass.</summary>
    public ImageSize Size(ResizeRule rule, int width, int height) =>
        TargetSize.Of(rule, width, height, ShortSide, MaxSide);

    private static IEnumerable<TestPass> Both(TestPass pass) => [pass, pass with { Flipped = true }];
}
