using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Detection;

/// <summary>What was found in a tile, in the picture's pixels: whole objects, and those at a seam, which may be pieces of larger ones.</summary>
internal sealed class SeenTile
{
    /// <summary>A box of a piece ends near the seam, not always on it.</summary>
    private const int NearSeam = 64;

    /// <summary>What is much less certain than a box at a seam says nothing of it.</summary>
    private const float LeastShare = 0.5f;

    private readonly Tile tile;
    private readonly List<DetectedObject> whole = [];
    private readonly List<DetectedObject> atSeam = [];

    /// <param name="tile">Its place.</param>
    /// <param name="picture">Whose part it is.</param>
    /// <param name="found">In the tile's own pixels.</param>
    internal SeenTile(Tile tile, ImageSize picture, IEnumerable<DetectedObject> found)
    {
        this.tile = tile;
        float nearX = (float)tile.Width / NearSeam;
        float nearY = (float)tile.Height / NearSeam;
        foreach (DetectedObject box in found)
        {
            bool endsAtSeam =
                (tile.Left > 0 && box.X1 < nearX)
                || (tile.Top > 0 && box.Y1 < nearY)
                || (tile.Left + tile.Width < picture.Width && box.X2 > tile.Width - nearX)
                || (tile.Top + tile.Height < picture.Height && box.Y2 > tile.Height - nearY);
            (endsAtSeam ? atSeam : whole).Add(
                box with
                {
                    X1 = box.X1 + tile.Left,
                    Y1 = box.Y1 + tile.Top,
                    X2 = box.X2 + tile.Left,
                    Y2 = box.Y2 + tile.Top,
                }
            );
        }
    }

    /// <summary>What is no piece of an object that another tile saw as a whole.</summary>
    /// <param name="tiles">All of the picture.</param>
    /// <param name="rule">The share of a piece that another box covers.</param>
    internal IEnumerable<DetectedObject> WithoutPieces(IEnumerable<SeenTile> tiles, SeamRule rule)
    {
        SeenTile[] around = [.. tiles.Where(Touches)];
        return whole.Concat(atSeam.Where(piece => !around.Any(other => other.Covers(piece, rule))));
    }

    private bool Touches(SeenTile other) =>
        other != this
        && other.tile.Left < tile.Left + tile.Width
        && tile.Left < other.tile.Left + other.tile.Width
        && other.tile.Top < tile.Top + tile.Height
        && tile.Top < other.tile.Top + other.tile.Height;

    private bool Covers(DetectedObject piece, SeamRule rule) =>
        whole.Exists(box =>
            rule.Compares(box.Label, piece.Label)
            && box.Score >= LeastShare * piece.Score
            && Covered(piece, box, rule.BoxOffset) > rule.IoU
        );

    private static float Covered(DetectedObject piece, DetectedObject box, int offset)
    {
        float width = Math.Min(piece.X2, box.X2) - Math.Max(piece.X1, box.X1) + offset;
        float height = Math.Min(piece.Y2, box.Y2) - Math.Max(piece.Y1, box.Y1) + offset;
        float area = (piece.X2 - piece.X1 + offset) * (piece.Y2 - piece.Y1 + offset);
        return width <= 0 || height <= 0 || area <= 0 ? 0 : width * height / area;
    }
}
