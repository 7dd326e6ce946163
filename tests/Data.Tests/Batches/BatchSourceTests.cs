using DynamicRcnn.Core;
using Xunit;

namespace DynamicRcnn.Data.Tests.Batches;

public sealed class BatchSourceTests
{
    private static readonly string[] light = ["data.brightness=0.5", "data.contrast=0.4", "data.saturation=0.3"];

    [Fact]
    public void Without_augmentation_a_batch_holds_the_normalised_picture()
    {
        using TestSource pictures = new(1);
        Config config = TestSource.Config("data.flipProbability=0");
        using BatchSource batches = pictures.Train(config, batchSize: 1);
        float[] expected = Planes(config, TestSource.Picture(1));
        for (int iteration = 1; iteration <= 3; iteration++)
        {
            ImageBatch batch = batches.Next();
            Assert.Equal((TestSource.Width, 64), (batch.Width, batch.Height)); // 48 rows, padded to a multiple of 32
            Assert.Equal(expected, batch.Normalised());
        }
    }

    [Fact]
    public void Augmentation_changes_the_light_in_every_iteration_by_the_factors_of_that_iteration()
    {
        using TestSource pictures = new(1);
        Config config = TestSource.Config([.. light, "data.flipProbability=0"]);
        using BatchSource batches = pictures.Train(config, batchSize: 1);
        List<string> seen = [];
        for (int iteration = 1; iteration <= 3; iteration++)
        {
            ImageBatch batch = batches.Next();
            PhotometricFactors factors = PhotometricFactors.Draw(config.Data, seed: 5, iteration, imageId: 1);
            Assert.Equal(Planes(config, Photometric.Apply(TestSource.Picture(1), factors)), batch.Normalised());
            seen.Add(TestSource.Digest(batch));
        }
        Assert.Distinct(seen);
    }

    [Fact]
    public void Batches_are_the_same_with_any_number_of_threads()
    {
        using TestSource pictures = new(5);
        string[] alone = pictures.Digests(TestSource.Config([.. light, "data.decodeThreads=1"]), 12);
        Assert.Equal(alone, pictures.Digests(TestSource.Config([.. light, "data.decodeThreads=4"]), 12));
        Assert.Equal(
            alone,
            pictures.Digests(TestSource.Config([.. light, "data.decodeThreads=4", "data.cacheMegabytes=1"]), 12)
        );
    }

    [Theory]
    [InlineData("data.cacheMegabytes=0")]
    [InlineData("data.cacheMegabytes=1")]
    public void Batches_depend_on_seed_and_iteration_and_not_on_where_the_source_began(string cache)
    {
        using TestSource pictures = new(5);
        Config config = TestSource.Config([.. light, cache]);
        string[] whole = pictures.Digests(config, 12);
        Assert.Equal(whole[7..], pictures.Digests(config, 5, firstIteration: 8)); // in the midst of the third epoch
        Assert.Empty(whole.Intersect(pictures.Digests(config, 12, seed: 6)));
    }

    [Fact]
    public void Evaluation_never_changes_the_light()
    {
        using TestSource pictures = new(2);
        string[] Evaluated(Config config) =>
            [
                .. pictures.Dataset.Images.Select(image =>
                    TestSource.Digest(
                        BatchSource.One(
                            image,
                            ImageCodec.ReadFile(image.Path),
                            config.Data,
                            config.Model.Backbone,
                            config.Model.Conventions
                        )
                    )
                ),
            ];
        Assert.Equal(Evaluated(TestSource.Config()), Evaluated(TestSource.Config(light)));
    }

    [Theory]
    [InlineData("data.shortSides=48")]
    [InlineData("data.shortSides=32,40,48")]
    public void Batches_are_the_same_with_and_without_the_cache(string sides)
    {
        using TestSource pictures = new(5);
        string[] without = pictures.Digests(TestSource.Config([.. light, sides]), 20);
        Assert.Equal(without, pictures.Digests(TestSource.Config([.. light, sides, "data.cacheMegabytes=1"]), 20));
        Assert.Distinct(without);
    }

    [Fact]
    public void With_the_cache_a_file_is_decoded_once()
    {
        const int batchesOfEpoch = 3; // five pictures in pairs
        using TestSource pictures = new(5);
        // With one thread no batch of the second epoch is begun before the first epoch is in the cache.
        Config config = TestSource.Config([.. light, "data.cacheMegabytes=1", "data.decodeThreads=1"]);
        string[] expected = pictures.Digests(config, 20);
        using BatchSource batches = pictures.Train(config);
        Assert.Equal(expected[..batchesOfEpoch], TestSource.Digests(batches, batchesOfEpoch));
        pictures.DeletePictures();
        Assert.Equal(expected[batchesOfEpoch..], TestSource.Digests(batches, 20 - batchesOfEpoch));
    }

    [Fact]
    public void An_image_that_comes_twice_in_a_batch_has_other_draws_the_second_time_whoever_makes_it()
    {
        using TestSource pictures = new(1);
        Config config = TestSource.Config([.. light, "data.scaleJitter=0.5", "data.shortSides=[40,48]"]);
        using BatchSource alone = pictures.Train(config, batchSize: 1);
        using BatchSource both = pictures.Train(config, batchSize: 4);
        using BatchSource second = BatchSource.Train(
            pictures.Dataset,
            config.Data,
            config.Model.Backbone,
            config.Model.Conventions,
            batchSize: 4,
            seed: 5,
            firstIteration: 1,
            new Shard(1, 2)
        );
        for (int iteration = 1; iteration <= 3; iteration++)
        {
            byte[][] made = [.. both.Next().Pixels.Select(picture => picture.Pixels)];
            Assert.Equal(alone.Next().Pixels[0].Pixels, made[0]);
            Assert.Distinct(made.Select(Convert.ToHexString));
            Assert.Equal(made[2..], second.Next().Pixels.Select(picture => picture.Pixels));
        }
    }

    [Fact]
    public void There_is_no_iteration_before_the_first()
    {
        using TestSource pictures = new(2);
        Assert.Throws<ArgumentOutOfRangeException>(() => pictures.Train(TestSource.Config(), firstIteration: 0));
    }

    [Fact]
    public void Without_the_cache_a_file_is_decoded_each_time()
    {
        using TestSource pictures = new(5);
        using BatchSource batches = pictures.Train(TestSource.Config());
        batches.Next();
        pictures.DeletePictures();
        Assert.Throws<DataException>(() => TestSource.Digests(batches, 20));
    }

    [Fact]
    public void An_image_that_cannot_be_decoded_gives_its_place_to_the_next_and_is_one_finding()
    {
        using TestSource pictures = new(3);
        File.WriteAllBytes(pictures.Dataset.Images[1].Path, [1, 2, 3]);
        using BatchSource batches = Train(pictures.Dataset, TestSource.Config("data.queueLength=1"));
        long[] ids = [.. Enumerable.Range(0, 8).SelectMany(_ => batches.Next().Items.Select(item => item.Image.Id))];
        Assert.Equal(16, ids.Length);
        Assert.Equal([1L, 3], ids.Distinct().Order());
        Finding finding = Assert.Single(batches.Findings);
        Assert.Equal(FindingKind.UndecodableImage, finding.Kind);
        Assert.Contains(pictures.Dataset.Images[1].Path, finding.Message, StringComparison.Ordinal);
        using BatchSource strict = Train(pictures.Dataset, TestSource.Config("data.strict=true"));
        Assert.Throws<DataException>(() => TestSource.Digests(strict, 3));
    }

    [Fact]
    public void Where_widths_count_the_last_pixel_a_box_of_at_most_one_pixel_does_not_train()
    {
        using TestSource pictures = new(2);
        GroundTruthBox thin = pictures.Dataset.Images[0].Boxes[0] with { X1 = 10, X2 = 10.5f };
        Dataset dataset = pictures.Dataset with
        {
            Images =
            [
                pictures.Dataset.Images[0] with
                {
                    Boxes = [thin],
                },
                pictures.Dataset.Images[1] with
                {
                    Boxes = [thin, pictures.Dataset.Images[1].Boxes[0]],
                },
            ],
        };
        string[] withoutBoxes = ["data.imagesWithoutBoxes=false", "data.flipProbability=0"];
        int[] Counts(int offset)
        {
            Config config = TestSource.Config([.. withoutBoxes, $"model.conventions.boxOffset={offset}"]);
            using BatchSource batches = Train(dataset, config);
            return [.. batches.Next().Items.Select(item => item.Labels.Length).Order()];
        }
        Assert.Equal([1, 2], Counts(0));
        Assert.Equal([1, 1], Counts(1)); // the second image twice, for the first has no box that trains
    }

    private static BatchSource Train(Dataset dataset, Config config) =>
        BatchSource.Train(
            dataset,
            config.Data,
            config.Model.Backbone,
            config.Model.Conventions,
            batchSize: 2,
            seed: 5,
            firstIteration: 1
        );

    /// <summary>What the network should get of a picture in RGB, padded to 64 rows.</summary>
    private static float[] Planes(Config config, RgbImage picture)
    {
        BackboneConfig backbone = config.Model.Backbone;
        Assert.True(backbone.Channels.IsRgb);
        float[] planes = new float[3 * 64 * TestSource.Width];
        for (int i = 0; i < picture.Pixels.Length; i++)
        {
            int channel = i % 3;
            planes[(channel * 64 * TestSource.Width) + (i / 3)] = (float)(
                (picture.Pixels[i] - backbone.Mean[channel]) / backbone.Std[channel]
            );
        }
        return planes;
    }
}
