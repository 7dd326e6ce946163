using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Tiles;

/// <summary>Tiles and their seams, with a detector that sees what is painted.</summary>
public sealed class TiledDetectorTests
{
    private static readonly SeamRule Rule = new(IoU: 0.5, BoxOffset: 0, SuppressEqual: false, AcrossClasses: false);

    [Theory]
    [InlineData(100, 80, 100, 20, 1)]
    [InlineData(101, 80, 100, 20, 2)]
    [InlineData(260, 180, 100, 20, 6)]
    [InlineData(261, 180, 100, 20, 8)]
    [InlineData(64, 64, 32, 0, 4)]
    [InlineData(20, 1000, 64, 32, 31)]
    public void Tiles_cover_a_picture_and_neighbours_share_what_is_asked_for(
        int width,
        int height,
        int size,
        int overlap,
        int count
    )
    {
        IReadOnlyList<Tile> tiles = new TileGrid(size, overlap).Over(new ImageSize(width, height));
        Assert.Equal(count, tiles.Count);
        Assert.All(
            tiles,
            tile => Assert.Equal((Math.Min(size, width), Math.Min(size, height)), (tile.Width, tile.Height))
        );
        Check([.. tiles.Select(tile => (tile.Left, tile.Left + tile.Width)).Distinct().Order()], width);
        Check([.. tiles.Select(tile => (tile.Top, tile.Top + tile.Height)).Distinct().Order()], height);

        void Check((int From, int To)[] spans, int side)
        {
            Assert.Equal((0, side), (spans[0].From, spans[^1].To));
            Assert.All(spans.Zip(spans.Skip(1)), pair => Assert.True(pair.First.To - pair.Second.From >= overlap));
        }
    }

    [Fact]
    public void An_object_on_a_seam_is_found_once_and_each_other_where_it_is()
    {
        RgbImage picture = Painted((5, 5, 20, 20), (92, 40, 104, 52), (170, 90, 190, 115));
        using TiledDetector tiled = new(new PaintDetector(), new TileGrid(100, 20), Rule);
        IReadOnlyList<DetectedObject> found = tiled.Detect(picture);
        Assert.Equal(
            [(5, 5, 20, 20), (92, 40, 104, 52), (170, 90, 190, 115)],
            found.Select(each => ((int)each.X1, (int)each.Y1, (int)each.X2, (int)each.Y2)).Order()
        );
        Assert.Equal(found.Select(each => each.Score).OrderDescending(), found.Select(each => each.Score));
    }

    [Fact]
    public void A_picture_of_one_tile_is_looked_at_as_it_is()
    {
        RgbImage picture = Painted((5, 5, 20, 20));
        using PaintDetector plain = new();
        using TiledDetector tiled = new(plain, new TileGrid(200, 0), Rule);
        Assert.Same(plain.Detect(picture), tiled.Detect(picture));
    }

    [Fact]
    public void Boxes_of_two_classes_suppress_each_other_only_where_classes_do()
    {
        RgbImage picture = Painted((92, 40, 104, 52));
        Assert.Equal([0, 1], Labels(Rule).Order());
        Assert.Single(Labels(Rule with { AcrossClasses = true }));

        int[] Labels(SeamRule rule)
        {
            using TiledDetector tiled = new(new PaintDetector(labels: 2), new TileGrid(100, 20), rule);
            return [.. tiled.Detect(picture).Select(each => each.Label)];
        }
    }

    [Fact]
    public void A_picture_without_objects_has_none_and_grids_that_are_none_are_refused()
    {
        using TiledDetector tiled = new(new PaintDetector(), new TileGrid(100, 20), Rule);
        Assert.Empty(tiled.Detect(Painted()));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TileGrid(31, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TileGrid(64, 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TileGrid(64, -1));
    }

    /// <summary>White rectangles on black, 200 x 120.</summary>
    private static RgbImage Painted(params (int Left, int Top, int Right, int Bottom)[] boxes)
    {
        Canvas canvas = new(new RgbImage(200, 120, new byte[3 * 200 * 120]));
        foreach ((int left, int top, int right, int bottom) in boxes)
        {
            canvas.FillRectangle(left, top, right, bottom, RgbColor.White);
        }
        return canvas.ToImage();
    }

    /// <summary>Finds each white rectangle, the larger the surer.</summary>
    private sealed class PaintDetector(int labels = 1) : IObjectDetector
    {
        private readonly Dictionary<RgbImage, IReadOnlyList<DetectedObject>> seen = [];

        public IReadOnlyList<ClassName> Classes => [new(1, "paint"), new(2, "other")];

        public ScoreThresholds? ScoreThresholds => null;

        public long MaxPixels => long.MaxValue;

        public IReadOnlyList<IReadOnlyList<DetectedObject>> Detect(
            IReadOnlyList<RgbImage> images,
            CancellationToken cancellation = default
        ) => [.. images.Select(image => Detect(image, cancellation))];

        public IReadOnlyList<DetectedObject> Detect(RgbImage image, CancellationToken cancellation = default)
        {
            if (!seen.TryGetValue(image, out IReadOnlyList<DetectedObject>? found))
            {
                seen[image] = found = [.. Enumerable.Range(0, labels).SelectMany(label => Boxes(image, label))];
            }
            return found;
        }

        public void Dispose() { }

        private static IEnumerable<DetectedObject> Boxes(RgbImage image, int label)
        {
            for (int y = 0; y < image.Height; y++)
            {
                for (int x = 0; x < image.Width; x++)
                {
                    bool isCorner = IsWhite(x, y) && !IsWhite(x - 1, y) && !IsWhite(x, y - 1);
                    if (isCorner)
                    {
                        int right = x + 1;
                        int bottom = y + 1;
                        while (IsWhite(right, y))
                        {
                            right++;
                        }
                        while (IsWhite(x, bottom))
                        {
                            bottom++;
                        }
                        yield return new DetectedObject(x, y, right, bottom, label, (right - x) * (bottom - y) / 1000f);
                    }
                }
            }

            bool IsWhite(int x, int y) =>
                x >= 0 && y >= 0 && x < image.Width && y < image.Height && image[x, y] == RgbColor.White;
        }
    }
}
