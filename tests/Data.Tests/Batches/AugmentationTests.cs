using DynamicRcnn.Core;
using Xunit;

namespace DynamicRcnn.Data.Tests.Batches;

public sealed class AugmentationTests
{
    private static readonly string[] all =
    [
        "data.scaleJitter=0.8",
        "data.crop=0.6",
        "data.mosaic=0.4",
        "data.verticalFlipProbability=0.5",
        "data.quarterTurnProbability=0.7",
        "data.brightness=0.3",
    ];

    [Fact]
    public void Where_all_is_off_an_image_is_seen_as_it_is()
    {
        using TestSource pictures = new(3);
        Config config = TestSource.Config();
        Augmentation augmentation = Of(config);
        foreach (ImageRecord image in pictures.Dataset.Images)
        {
            TrainingView view = augmentation.View(image, _ => throw new InvalidOperationException(), iteration: 7);
            Assert.Same(image, view.Record);
            ViewPart part = Assert.Single(view.Parts);
            Assert.Equal(Window.Whole(image, new ImageSize(TestSource.Width, TestSource.Height)), part.Window);
            Assert.Equal(Orientation.Upright, view.Orientation);
        }
        // The share of a box that has to stay matters where something is cut alone.
        Assert.Equal(pictures.Digests(config, 9), pictures.Digests(TestSource.Config("data.minimumVisible=1"), 9));
    }

    [Fact]
    public void Pictures_depend_on_seed_and_iteration_and_neither_on_threads_nor_on_cache_start_or_processes()
    {
        using TestSource pictures = new(7);
        Config config = TestSource.Config([.. all, "data.decodeThreads=1"]);
        string[] whole = pictures.Digests(config, 16);
        Assert.Distinct(whole);
        Assert.Equal(
            whole,
            pictures.Digests(TestSource.Config([.. all, "data.decodeThreads=4", "data.cacheMegabytes=1"]), 16)
        );
        Assert.Equal(whole[9..], pictures.Digests(config, 7, firstIteration: 10));
        Assert.Empty(whole.Intersect(pictures.Digests(config, 16, seed: 6)));
        string[] Part(int index)
        {
            using BatchSource batches = BatchSource.Train(
                pictures.Dataset,
                config.Data,
                config.Model.Backbone,
                config.Model.Conventions,
                batchSize: 2,
                seed: 5,
                firstIteration: 1,
                new Shard(index, 2)
            );
            return [.. Enumerable.Range(0, 16).Select(_ => Pixels(batches.Next(), 0))];
        }
        using BatchSource alone = pictures.Train(config);
        ImageBatch[] both = [.. Enumerable.Range(0, 16).Select(_ => alone.Next())];
        Assert.Equal(both.Select(batch => Pixels(batch, 0)), Part(0));
        Assert.Equal(both.Select(batch => Pixels(batch, 1)), Part(1));
    }

    [Theory]
    [InlineData("tiny-demo")]
    [InlineData("official-r50-1x")] // widths that count the last pixel
    public void Boxes_stay_on_their_objects_and_inside_the_picture(string preset)
    {
        (ImageRecord, RgbImage)[] scenes = [.. Enumerable.Range(1, 6).Select(Scene)];
        Config config = Resolve(preset, [.. all[..^1], "data.minimumVisible=0", "data.shortSides=120"]);
        int offset = config.Model.Conventions.BoxOffset;
        int mosaics = 0;
        for (int iteration = 1; iteration <= 60; iteration++)
        {
            ImageBatch batch = Make(scenes, config, iteration);
            for (int i = 0; i < batch.Items.Count; i++)
            {
                BatchItem item = batch.Items[i];
                RgbImage picture = batch.Picture(i);
                bool[] covered = new bool[picture.Width * picture.Height];
                for (int box = 0; box < item.Labels.Length; box++)
                {
                    float[] corners = item.Boxes[(4 * box)..(4 * (box + 1))];
                    // Where widths count the last pixel, a shrunken box reaches less than a pixel over the border, with or without augmentation.
                    Assert.True(corners[0] >= -offset && corners[1] >= -offset);
                    Assert.True(corners[2] <= item.Width + 0.01 && corners[3] <= item.Height + 0.01);
                    Assert.True(corners[2] + offset > corners[0] && corners[3] + offset > corners[1]);
                    Check(picture, corners, offset, covered);
                }
                // Nothing bright is left without a box, where every part of an object keeps one: not where a box of a pixel has no width.
                for (int at = 0; at < covered.Length; at++)
                {
                    Assert.True(
                        offset > 0 || covered[at] || picture.Pixels[3 * at] < 200,
                        $"iteration {iteration}, image {i}"
                    );
                }
                mosaics += item.Labels.Length > 2 ? 1 : 0;
            }
        }
        Assert.InRange(mosaics, 50, 250); // of 360, 40 % of them drawn
    }

    [Fact]
    public void Turns_and_flips_keep_every_pixel_and_the_area_of_every_box()
    {
        (ImageRecord Image, RgbImage)[] scenes = [.. Enumerable.Range(1, 4).Select(Scene)];
        Config config = Resolve(
            "tiny-demo",
            ["data.quarterTurnProbability=1", "data.verticalFlipProbability=0.5", "data.shortSides=120"]
        );
        Config plain = Resolve("tiny-demo", ["data.shortSides=120"]);
        HashSet<string> seen = [];
        for (int iteration = 1; iteration <= 20; iteration++)
        {
            ImageBatch turned = Make(scenes, config, iteration);
            ImageBatch upright = Make(scenes, plain, iteration);
            for (int i = 0; i < scenes.Length; i++)
            {
                Assert.Equal(Areas(upright.Items[i]), Areas(turned.Items[i]), Nearly);
                Assert.Equal(
                    upright.Pixels[i].Pixels.Order().Select(level => (int)level),
                    turned.Pixels[i].Pixels.Order().Select(level => (int)level)
                );
                seen.Add(Convert.ToHexString(turned.Pixels[i].Pixels));
            }
        }
        Assert.InRange(seen.Count, 6 * 3, 8 * 4); // all but a few of the eight ways of each
    }

    [Fact]
    public void Pictures_of_drawn_sizes_do_not_fill_the_cache()
    {
        using TestSource pictures = new(2);
        Config config = TestSource.Config("data.scaleJitter=0.8", "data.mosaic=0.2", "data.shortSides=[40,48]");
        BatchMaker maker = new(config.Data, config.Model.Backbone, config.Model.Conventions, seed: 5);
        using TrainingPictures made = new([.. pictures.Dataset.Images], maker, 1 << 20, strict: false);
        HashSet<(int, int)> sizes = [];
        for (int iteration = 1; iteration <= 60; iteration++)
        {
            RgbImage pixels = made.At(iteration % 2, iteration).Pixels;
            sizes.Add((pixels.Width, pixels.Height));
        }
        Assert.True(sizes.Count > 10, "sizes are drawn");
        // Each of the two pictures at each of the two short sides, at most.
        long most = 2 * 3 * ((TestSource.Width * TestSource.Height) + (53 * 40));
        Assert.InRange(made.CachedBytes, 0, most);
    }

    [Fact]
    public void A_crop_keeps_one_object_whole_and_others_by_their_share()
    {
        (ImageRecord Image, RgbImage)[] scenes = [.. Enumerable.Range(1, 6).Select(Scene)];
        Config config = Resolve("tiny-demo", ["data.crop=0.7", "data.minimumVisible=0.5", "data.shortSides=120"]);
        Augmentation augmentation = Of(config);
        AugmentedBoxes sum = default;
        for (int iteration = 1; iteration <= 100; iteration++)
        {
            foreach ((ImageRecord image, _) in scenes)
            {
                TrainingView view = augmentation.View(image, _ => image, iteration);
                Window window = view.Parts[0].Window;
                Assert.NotEmpty(view.Record.Boxes);
                // What stays though less than half of it is inside is the one box that the window was placed on.
                int small = image.Boxes.Count(box => window.Cut(box).Share is > 0 and < 0.5);
                int without = image.Boxes.Count(box => window.Cut(box).Share >= 0.5);
                Assert.InRange(view.Record.Boxes.Count, without, without + Math.Min(small, 1));
                Assert.Equal(view.Record.Boxes.Count, view.Boxes.Whole + view.Boxes.Cut);
                Assert.Equal(image.Boxes.Count, view.Boxes.Whole + view.Boxes.Cut + view.Boxes.LeftOut);
                sum += view.Boxes;
            }
        }
        Assert.True(sum is { Whole: > 100, Cut: > 10, LeftOut: > 100 }, $"{sum}");
    }

    [Fact]
    public void A_window_begins_where_an_object_stays_whole_or_fills_it()
    {
        Random random = new(3);
        for (int i = 0; i < 20_000; i++)
        {
            int total = random.Next(1, 60);
            int length = random.Next(1, total + 1);
            double low = random.NextDouble() * total;
            double high = low + (random.NextDouble() * (total - low));
            int start = Window.Start(low, high, length, total, random.NextDouble());
            Assert.InRange(start, 0, total - length);
            double inside = Math.Min(high, start + length) - Math.Max(low, start);
            // Whole pixels: an object that hardly fits may lose less than one.
            Assert.True(inside > Math.Min(high - low, length) - 1, $"{low} {high} {length} {total} {start}");
            Assert.True(inside >= high - low - 1e-9 || Math.Ceiling(high) - Math.Floor(low) > length);
        }
    }

    [Fact]
    public void A_crowd_keeps_any_part_and_a_box_without_area_none()
    {
        ImageRecord image = new(1, "", "", 100, 100, [Box(0, 0, 20, 20), Box(40, 40, 60, 60) with { Crowd = true }]);
        Config config = Resolve("tiny-demo", ["data.crop=0.9", "data.minimumVisible=1", "data.shortSides=100"]);
        Augmentation augmentation = Of(config);
        int parts = 0;
        for (int iteration = 1; iteration <= 200; iteration++)
        {
            TrainingView view = augmentation.View(image, _ => image, iteration);
            double share = view.Parts[0].Window.Cut(image.Boxes[1]).Share;
            Assert.Equal(share > 0, view.Record.Boxes.Any(box => box.Crowd));
            Assert.All(view.Record.Boxes, box => Assert.True(box.X2 > box.X1 && box.Y2 > box.Y1));
            parts += share is > 0 and < 1 ? 1 : 0;
        }
        Assert.InRange(parts, 10, 190);
    }

    [Fact]
    public void After_the_last_mosaic_pictures_are_those_of_a_run_without()
    {
        using TestSource pictures = new(5);
        string[] sets = ["data.crop=0.3", "data.mosaic=1"];
        Config config = TestSource.Config(sets);
        using BatchSource batches = BatchSource.Train(
            pictures.Dataset,
            config.Data,
            config.Model.Backbone,
            config.Model.Conventions,
            batchSize: 2,
            seed: 5,
            firstIteration: 1,
            lastMosaic: 4
        );
        string[] some = TestSource.Digests(batches, 9);
        string[] without = pictures.Digests(TestSource.Config("data.crop=0.3"), 9);
        Assert.Equal(pictures.Digests(config, 4), some[..4]);
        Assert.Empty(some[..4].Intersect(without));
        Assert.Equal(without[4..], some[4..]);
    }

    [Fact]
    public void A_mosaic_takes_another_image_for_one_that_cannot_be_decoded()
    {
        using TestSource pictures = new(4);
        File.WriteAllBytes(pictures.Dataset.Images[2].Path, [1, 2, 3]);
        Config config = TestSource.Config("data.mosaic=1", "data.decodeThreads=4");
        string[] first = pictures.Digests(config, 12);
        using BatchSource later = pictures.Train(config, firstIteration: 7);
        Assert.Equal(first[6..], TestSource.Digests(later, 6));
        Assert.Single(later.Findings);
    }

    private static Augmentation Of(Config config)
    {
        BatchMaker maker = new(config.Data, config.Model.Backbone, config.Model.Conventions, seed: 5);
        return new Augmentation(config.Data, maker.TrainingSize, maker.Trains, seed: 5, lastMosaic: long.MaxValue);
    }

    private static Config Resolve(string preset, string[] sets) =>
        ConfigText.Resolve(new ConfigSources(preset, [], ["data.maxSide=160", .. sets], [])).Value.Config;

    private static ImageBatch Make((ImageRecord, RgbImage)[] scenes, Config config, int iteration) =>
        BatchSource.Of(scenes, config.Data, config.Model.Backbone, config.Model.Conventions, seed: 5, iteration);

    /// <summary>Two white objects on black, apart from each other.</summary>
    private static (ImageRecord Image, RgbImage Pixels) Scene(int id)
    {
        Random random = new(id);
        (int width, int height) = id % 2 == 0 ? (160, 120) : (120, 160);
        RgbImage picture = new(width, height, new byte[3 * width * height]);
        List<GroundTruthBox> boxes = [];
        foreach (int half in (int[])[0, 1])
        {
            int left = random.Next(4, 24);
            int top = (half * height / 2) + random.Next(6, 16);
            int right = left + random.Next(12, 80);
            int bottom = top + random.Next(12, 36);
            boxes.Add(Box(left, top, right, bottom));
            for (int y = top; y < bottom; y++)
            {
                picture.Pixels.AsSpan(((y * width) + left) * 3, (right - left) * 3).Fill(255);
            }
        }
        return (new ImageRecord(id, "", "", width, height, boxes), picture);
    }

    private static GroundTruthBox Box(int left, int top, int right, int bottom) =>
        new(left, top, right, bottom, Label: 0, Crowd: false, (right - left) * (bottom - top), AnnotationId: 1);

    /// <summary>What lies well inside a box is its object; what a box may hold, blurred border included, is noted.</summary>
    private static void Check(RgbImage picture, float[] corners, int offset, bool[] covered)
    {
        const double margin = 2.5;
        double right = corners[2] + offset;
        double bottom = corners[3] + offset;
        for (int y = 0; y < picture.Height; y++)
        {
            for (int x = 0; x < picture.Width; x++)
            {
                int at = (y * picture.Width) + x;
                if (
                    x >= corners[0] + margin
                    && x + 1 <= right - margin
                    && y >= corners[1] + margin
                    && y + 1 <= bottom - margin
                )
                {
                    Assert.True(picture.Pixels[3 * at] > 128);
                }
                covered[at] |=
                    x >= corners[0] - margin
                    && x + 1 <= right + margin
                    && y >= corners[1] - margin
                    && y + 1 <= bottom + margin;
            }
        }
    }

    private static bool Nearly(double one, double other) => Math.Abs(one - other) < 0.01 * Math.Max(one, 1);

    private static double[] Areas(BatchItem item) =>
        [
            .. Enumerable
                .Range(0, item.Labels.Length)
                .Select(i =>
                    (double)(item.Boxes[(4 * i) + 2] - item.Boxes[4 * i])
                    * (item.Boxes[(4 * i) + 3] - item.Boxes[(4 * i) + 1])
                ),
        ];

    private static string Pixels(ImageBatch batch, int place) =>
        Convert.ToHexString(
            System.Security.Cryptography.SHA256.HashData(batch.Picture(place < batch.Items.Count ? place : 0).Pixels)
        );
}
