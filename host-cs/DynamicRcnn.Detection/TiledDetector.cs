using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Detection;

/// <summary>When two boxes are one object: the suppression of a profile.</summary>
/// <param name="IoU">Of two boxes that overlap by more, the lower score goes.</param>
/// <param name="BoxOffset">Added to widths and heights: 1 or 0.</param>
/// <param name="SuppressEqual">The lower score also goes at exactly that IoU.</param>
/// <param name="AcrossClasses">Boxes of different classes are one object too.</param>
public sealed record SeamRule(double IoU, int BoxOffset, bool SuppressEqual, bool AcrossClasses)
{
    /// <summary>The rule of a configuration.</summary>
    public static SeamRule Of(Config config) =>
        new(
            config.Model.RoIHead.NmsIoU,
            config.Model.Conventions.BoxOffset,
            config.Model.Conventions.SuppressEqual,
            config.Evaluation.SuppressAcrossClasses
        );

    /// <summary>Whether boxes of these two labels may be one object.</summary>
    internal bool Compares(int first, int second) => AcrossClasses || first == second;
}

/// <summary>
/// Another detector, looking at large pictures tile by tile, so that small objects reach it larger. What several tiles saw is suppressed as within
/// one picture; a box that ends at a seam also goes where another tile's box of its class, which ends at none, covers most of it. A picture of
/// one tile is looked at as it is.
/// </summary>
/// <param name="detector">Looks at each tile; it is disposed of with this one.</param>
/// <param name="grid">The tiles.</param>
/// <param name="rule">Which boxes are one object.</param>
public sealed class TiledDetector(IObjectDetector detector, TileGrid grid, SeamRule rule) : IObjectDetector
{
    /// <inheritdoc/>
    public IReadOnlyList<ClassName> Classes => detector.Classes;

    /// <inheritdoc/>
    public ScoreThresholds? ScoreThresholds => detector.ScoreThresholds;

    /// <inheritdoc/>
    public long MaxPixels => detector.MaxPixels;

    /// <inheritdoc/>
    public IReadOnlyList<DetectedObject> Detect(RgbImage image, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ImageSize size = new(image.Width, image.Height);
        IReadOnlyList<Tile> tiles = grid.Over(size);
        if (tiles.Count == 1)
        {
            return detector.Detect(image, cancellation);
        }
        SeenTile[] seen =
        [
            .. tiles.Select(tile => new SeenTile(
                tile,
                size,
                detector.Detect(image.Part(tile.Left, tile.Top, tile.Width, tile.Height), cancellation)
            )),
        ];
        return Suppressed([.. seen.SelectMany(tile => tile.WithoutPieces(seen, rule))]);
    }

    /// <summary>The objects in each of several images, in their order, one image after the other.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<DetectedObject>> Detect(
        IReadOnlyList<RgbImage> images,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(images);
        return [.. images.Select(image => Detect(image, cancellation))];
    }

    /// <inheritdoc/>
    public void Dispose() => detector.Dispose();

    /// <summary>Best first; among equals the earlier tile's.</summary>
    private DetectedObject[] Suppressed(DetectedObject[] found)
    {
        if (found.Length == 0)
        {
            return [];
        }
        Libtorch.Load(); // nothing else has, where an exported detector looks
        using DisposeScope scope = torch.NewDisposeScope();
        float[] boxes = [.. found.SelectMany(each => new[] { each.X1, each.Y1, each.X2, each.Y2 })];
        bool[] kept = ops.to_array<bool>(
            ops.nms_keep(
                ops.from_span<float>(boxes, [found.Length, 4]),
                ops.from_span<float>([.. found.Select(each => each.Score)], [found.Length]),
                ops.from_span<long>([.. found.Select(each => rule.AcrossClasses ? 0L : each.Label)], [found.Length]),
                rule.IoU,
                rule.BoxOffset,
                rule.SuppressEqual
            )
        );
        return [.. found.Where((_, place) => kept[place]).OrderByDescending(each => each.Score)];
    }
}
