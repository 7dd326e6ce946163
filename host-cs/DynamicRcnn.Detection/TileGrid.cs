using DynamicRcnn.Data;

namespace DynamicRcnn.Detection;

/// <summary>Part of a picture, in its pixels.</summary>
public readonly record struct Tile(int Left, int Top, int Width, int Height);

/// <summary>How a large picture is cut into overlapping squares.</summary>
public sealed class TileGrid
{
    /// <summary>What is smaller shows no network anything.</summary>
    public const int LeastSize = 32;

    /// <param name="size">Side of a tile in the picture's pixels, at least <see cref="LeastSize"/>.</param>
    /// <param name="overlap">What neighbours share at least, 0 to half of a side.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are others.</exception>
    public TileGrid(int size, int overlap)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, LeastSize);
        ArgumentOutOfRangeException.ThrowIfNegative(overlap);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(overlap, size / 2);
        Size = size;
        Overlap = overlap;
    }

    /// <summary>Side of a tile in pixels.</summary>
    public int Size { get; }

    /// <summary>Pixels that neighbours share at least.</summary>
    public int Overlap { get; }

    /// <summary>
    /// The tiles of a picture, row by row; one where the picture is no larger. They are of one size and evenly spread, so that none is a narrow
    /// rest and the outer ones end with the picture.
    /// </summary>
    public IReadOnlyList<Tile> Over(ImageSize picture)
    {
        int width = Math.Min(Size, picture.Width);
        int height = Math.Min(Size, picture.Height);
        return
        [
            .. Starts(picture.Height)
                .SelectMany(top => Starts(picture.Width).Select(left => new Tile(left, top, width, height))),
        ];
    }

    private IEnumerable<int> Starts(int side)
    {
        if (side <= Size)
        {
            return [0];
        }
        int count = (int)Math.Ceiling((side - Overlap) / (double)(Size - Overlap));
        return Enumerable.Range(0, count).Select(place => (int)((long)(side - Size) * place / (count - 1)));
    }
}
