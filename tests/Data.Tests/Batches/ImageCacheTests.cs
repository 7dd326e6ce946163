using Xunit;

namespace DynamicRcnn.Data.Tests.Batches;

public sealed class ImageCacheTests
{
    private const int BytesOfImage = 4 * 2 * 3;

    [Fact]
    public void It_gives_back_what_it_keeps()
    {
        using ImageCache cache = new(BytesOfImage);
        RgbImage image = Image();
        cache.Keep(Key("a"), image);
        Assert.Same(image, cache.Find(Key("a")));
        Assert.Equal(BytesOfImage, cache.Bytes);
    }

    [Fact]
    public void Another_path_or_target_size_is_another_image()
    {
        using ImageCache cache = new(10 * BytesOfImage);
        cache.Keep(Key("a"), Image());
        Assert.Null(cache.Find(Key("b")));
        Assert.Null(cache.Find(Key("a") with { Target = new ImageSize(2, 4) }));
        Assert.Null(cache.Find(Key("a") with { Original = new ImageSize(9, 9) }));
    }

    [Fact]
    public void The_one_not_asked_for_the_longest_goes_first()
    {
        using ImageCache cache = new(3 * BytesOfImage);
        foreach (string path in new[] { "a", "b", "c" })
        {
            cache.Keep(Key(path), Image());
        }
        Assert.NotNull(cache.Find(Key("a")));
        cache.Keep(Key("d"), Image());
        Assert.Equal(["a", "c", "d"], Kept(cache));
        cache.Keep(Key("e"), Image());
        Assert.Equal(["c", "d", "e"], Kept(cache));
    }

    [Fact]
    public void A_large_image_takes_the_place_of_as_many_as_it_needs()
    {
        using ImageCache cache = new(3 * BytesOfImage);
        foreach (string path in new[] { "a", "b", "c" })
        {
            cache.Keep(Key(path), Image());
        }
        cache.Keep(Key("d"), Image(height: 4));
        Assert.Equal(["c", "d"], Kept(cache));
        Assert.Equal(3 * BytesOfImage, cache.Bytes);
    }

    [Fact]
    public void An_image_larger_than_the_bound_is_not_kept_and_drives_nothing_out()
    {
        using ImageCache cache = new((2 * BytesOfImage) - 1);
        cache.Keep(Key("a"), Image());
        cache.Keep(Key("b"), Image(height: 4));
        Assert.Equal(["a"], Kept(cache));
        using ImageCache none = new(0);
        none.Keep(Key("a"), Image());
        Assert.Empty(Kept(none));
    }

    [Fact]
    public void Keeping_twice_counts_once()
    {
        using ImageCache cache = new(3 * BytesOfImage);
        RgbImage first = Image();
        cache.Keep(Key("a"), first);
        cache.Keep(Key("a"), Image());
        Assert.Same(first, cache.Find(Key("a")));
        Assert.Equal(BytesOfImage, cache.Bytes);
    }

    [Fact]
    public void Disposing_lets_go_of_every_image()
    {
        ImageCache cache = new(BytesOfImage);
        cache.Keep(Key("a"), Image());
        cache.Dispose();
        Assert.Empty(Kept(cache));
        Assert.Equal(0, cache.Bytes);
    }

    [Fact]
    public void Threads_together_stay_within_the_bound_and_get_the_image_they_ask_for()
    {
        using ImageCache cache = new(5 * BytesOfImage);
        string[] paths = [.. Enumerable.Range(0, 16).Select(i => $"{i}")];
        Parallel.For(
            0,
            8,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            thread =>
            {
                for (int i = 0; i < 2000; i++)
                {
                    int wanted = ((i * (thread + 1)) + thread) % paths.Length;
                    RgbImage? kept = cache.Find(Key(paths[wanted]));
                    if (kept is null)
                    {
                        cache.Keep(Key(paths[wanted]), Image(level: wanted));
                    }
                    else
                    {
                        Assert.Equal(wanted, kept.Pixels[0]);
                    }
                    Assert.InRange(cache.Bytes, 0, 5 * BytesOfImage);
                }
            }
        );
        Assert.Equal(cache.Bytes, paths.Sum(path => cache.Find(Key(path))?.Pixels.LongLength ?? 0));
    }

    private static string[] Kept(ImageCache cache) =>
        [.. new[] { "a", "b", "c", "d", "e" }.Where(path => cache.Find(Key(path)) is not null)];

    private static ImageKey Key(string path) => new(path, new ImageSize(8, 4), new ImageSize(4, 2));

    private static RgbImage Image(int height = 2, int level = 0) =>
        new(4, height, [.. Enumerable.Repeat((byte)level, 4 * height * 3)]);
}
