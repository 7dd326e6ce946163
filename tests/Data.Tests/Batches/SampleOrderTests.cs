using DynamicRcnn.Core;
using Xunit;

namespace DynamicRcnn.Data.Tests.Batches;

public sealed class SampleOrderTests
{
    private static readonly ImageRecord[] images =
    [
        .. Enumerable.Range(1, 23).Select(id => new ImageRecord(id, "", "", id % 3 == 0 ? 50 : 100, 80, [])),
    ];

    [Fact]
    public void An_epoch_shows_every_image_in_batches_of_one_aspect_and_one_size()
    {
        SampleOrder order = new(images, 4, groupByAspect: true, seed: 1);
        IReadOnlyList<int[]> batches = order.Epoch(0);
        Assert.Equal(order.BatchesOf(0), batches.Count);
        Assert.All(batches, batch => Assert.Equal(4, batch.Length));
        Assert.All(
            batches,
            batch => Assert.Single(batch.Select(place => images[place].Height >= images[place].Width).Distinct())
        );
        Assert.Equal(Enumerable.Range(0, 23), batches.SelectMany(batch => batch).Distinct().Order());
    }

    [Fact]
    public void The_order_depends_on_seed_and_epoch_alone()
    {
        int[] First(int seed, int epoch) =>
            [.. new SampleOrder(images, 2, false, seed).Epoch(epoch).SelectMany(batch => batch)];
        Assert.Equal(First(1, 3), First(1, 3));
        Assert.NotEqual(First(1, 3), First(2, 3));
        Assert.NotEqual(First(1, 3), First(1, 4));
    }

    [Fact]
    public void Factors_are_the_root_of_the_threshold_over_the_share_of_images_and_an_image_has_its_rarest_class()
    {
        // Class 0 is in all of 16 images, class 1 in one, class 2 in four; a crowd does not count.
        ImageRecord[] skewed =
        [
            .. Enumerable
                .Range(0, 16)
                .Select(id => new ImageRecord(
                    id,
                    "",
                    "",
                    10,
                    10,
                    [Box(0), .. id == 3 ? [Box(1)] : Array.Empty<GroundTruthBox>(), Box(2) with { Crowd = id >= 4 }]
                )),
        ];
        double[] factors = RepeatFactors.OfImages(skewed, 0.36);
        double often = Math.Sqrt(0.36 * 16);
        double sometimes = Math.Sqrt(0.36 * 4);
        Assert.Equal([sometimes, sometimes, sometimes, often, .. Enumerable.Repeat(1.0, 12)], factors);
        Assert.All(RepeatFactors.OfImages(skewed, 0.01), factor => Assert.Equal(1, factor));
        Assert.Equal([1.0], RepeatFactors.OfImages([skewed[0] with { Boxes = [] }], 1));
    }

    [Fact]
    public void Images_come_as_often_as_their_factors_say_on_average_and_once_where_it_is_one()
    {
        double[] factors =
        [
            .. images.Select(image =>
                image.Id == 5 ? 2.25
                : image.Id == 7 ? 1.5
                : 1
            ),
        ];
        SampleOrder order = new(images, 4, groupByAspect: true, seed: 1, factors);
        const int epochs = 400;
        int[] times = new int[images.Length];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            SampleOrder one = new(images, 1, groupByAspect: false, seed: 1, factors);
            int[] places = [.. one.Epoch(epoch).SelectMany(batch => batch)];
            Assert.Equal(one.BatchesOf(epoch), places.Length);
            Assert.Equal(order.BatchesOf(epoch), order.Epoch(epoch).Count);
            foreach (int place in places)
            {
                times[place]++;
            }
        }
        Assert.InRange(times[4] / (double)epochs, 2.15, 2.35);
        Assert.InRange(times[6] / (double)epochs, 1.4, 1.6);
        Assert.All(times.Where((_, place) => place is not 4 and not 6), each => Assert.Equal(epochs, each));
        SampleOrder plain = new(images, 4, groupByAspect: true, seed: 1);
        SampleOrder ones = new(images, 4, groupByAspect: true, seed: 1, [.. images.Select(_ => 1.0)]);
        Assert.Equal(plain.Epoch(3), ones.Epoch(3));
    }

    [Fact]
    public void With_repeats_a_run_goes_on_where_it_stopped()
    {
        using TestSource pictures = new(5);
        Dataset dataset = pictures.Dataset with
        {
            Images =
            [
                .. pictures.Dataset.Images.Select(
                    (image, i) => image with { Boxes = [image.Boxes[0] with { Label = i == 0 ? 1 : 0 }] }
                ),
            ],
        };
        Config config = TestSource.Config("data.repeatFactor=0.8");
        string[] From(int first, int count)
        {
            using BatchSource batches = BatchSource.Train(
                dataset,
                config.Data,
                config.Model.Backbone,
                config.Model.Conventions,
                batchSize: 2,
                seed: 5,
                first
            );
            return TestSource.Digests(batches, count);
        }
        string[] whole = From(1, 24);
        Assert.Equal(whole[9..], From(10, 15));
        Assert.Equal(whole[20..], From(21, 4));
    }

    private static GroundTruthBox Box(int label) => new(1, 1, 5, 5, label, Crowd: false, 16, AnnotationId: 1);
}
