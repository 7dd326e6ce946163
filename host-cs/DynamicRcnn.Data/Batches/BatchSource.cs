using System.Collections.Concurrent;
using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>
/// The batches of a training run in order, decoded ahead of the loop by several threads. What a batch holds is a function of the seed
/// and the iteration alone. An image that cannot be decoded gives its place to the next one of the data set and becomes a finding.
/// </summary>
public sealed class BatchSource : IDisposable
{
    private const long BytesOfMegabyte = 1 << 20;
    private readonly SampleOrder order;
    private readonly BatchMaker maker;
    private readonly TrainingPictures pictures;
    private readonly Shard shard;
    private readonly CancellationTokenSource stop = new();
    private readonly BlockingCollection<Task<ImageBatch>> queue;
    private readonly SemaphoreSlim decoders;
    private readonly Task feeder;

    private BatchSource(
        IReadOnlyList<ImageRecord> usable,
        int batchSize,
        Shard shard,
        DataConfig data,
        BatchMaker maker,
        long seed,
        long firstIteration
    )
    {
        double[]? factors = data.RepeatFactor > 0 ? RepeatFactors.OfImages(usable, data.RepeatFactor) : null;
        order = new SampleOrder(usable, batchSize, data.AspectGrouping, seed, factors);
        this.maker = maker;
        pictures = new TrainingPictures([.. usable], maker, data.CacheMegabytes * BytesOfMegabyte, data.Strict);
        this.shard = shard;
        queue = new BlockingCollection<Task<ImageBatch>>(Math.Max(1, data.QueueLength));
        decoders = new SemaphoreSlim(Math.Max(1, data.DecodeThreads));
        feeder = Task.Factory.StartNew(
            () => Feed(firstIteration),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    /// <summary>What was found wrong so far while decoding, one finding an image.</summary>
    public IReadOnlyList<Finding> Findings => pictures.Findings;

    /// <summary>Starts decoding. Images that the configuration leaves out of training are left out here.</summary>
    /// <param name="dataset">The training split.</param>
    /// <param name="data">Sizes, augmentation, threads, and whether an undecodable image stops the run.</param>
    /// <param name="backbone">Channel order, mean and std.</param>
    /// <param name="conventions">The flip of boxes.</param>
    /// <param name="batchSize">Images of one forward pass.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="firstIteration">The first batch to give, from 1.</param>
    /// <param name="shard">The part of each batch that is wanted; null: all of it.</param>
    /// <param name="lastMosaic">The last batch in which images may be put together from four.</param>
    /// <exception cref="DataException">No image is left to train on.</exception>
    public static BatchSource Train(
        Dataset dataset,
        DataConfig data,
        BackboneConfig backbone,
        Conventions conventions,
        int batchSize,
        long seed,
        long firstIteration,
        Shard? shard = null,
        long lastMosaic = long.MaxValue
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(firstIteration, 1);
        BatchMaker maker = new(data, backbone, conventions, seed, lastMosaic);
        ImageRecord[] usable = [.. Usable(dataset, data, maker)];
        return usable.Length > 0
            ? new BatchSource(usable, batchSize, shard ?? Shard.Whole, data, maker, seed, firstIteration)
            : throw new DataException(
                $"{dataset.Name}: the split '{dataset.Split}' has no image to train on; expected at least one."
            );
    }

    /// <summary>The images of a split that a run trains on.</summary>
    public static IReadOnlyList<ImageRecord> Usable(
        Dataset dataset,
        DataConfig data,
        BackboneConfig backbone,
        Conventions conventions
    ) => [.. Usable(dataset, data, new BatchMaker(data, backbone, conventions, seed: 0))];

    private static IEnumerable<ImageRecord> Usable(Dataset dataset, DataConfig data, BatchMaker maker) =>
        dataset.Images.Where(image =>
            Math.Min(image.Width, image.Height) >= data.MinimumImageSide
            && (data.ImagesWithoutBoxes || image.Boxes.Any(maker.KeepsImage))
        );

    /// <summary>One image as a batch for evaluation, with its boxes: unflipped, at the evaluation size.</summary>
    public static ImageBatch One(
        ImageRecord image,
        RgbImage decoded,
        DataConfig data,
        BackboneConfig backbone,
        Conventions conventions
    ) => One(image, decoded, data, backbone, conventions, TestPass.Base(data));

    /// <summary>One image as a batch for evaluation, with its boxes, as a pass wants it.</summary>
    public static ImageBatch One(
        ImageRecord image,
        RgbImage decoded,
        DataConfig data,
        BackboneConfig backbone,
        Conventions conventions,
        TestPass pass
    )
    {
        BatchMaker maker = new(data, backbone, conventions, seed: 0);
        return maker.Pad([maker.ForEvaluation(image, decoded, pass)]);
    }

    /// <summary>Images of a pass at most: more take more memory and hardly less time.</summary>
    private const int MostTogether = 8;

    /// <summary>
    /// Images as batches for evaluation, unflipped, at the evaluation size: up to eight together that are padded to one size, so that none gets other
    /// padding than alone. A batch is made when it is asked for.
    /// </summary>
    /// <returns>Each batch, and the places of its images among the given ones.</returns>
    public static IEnumerable<(int[] Places, ImageBatch Batch)> OfEqualSize(
        IReadOnlyList<RgbImage> images,
        DataConfig data,
        BackboneConfig backbone,
        Conventions conventions
    )
    {
        BatchMaker maker = new(data, backbone, conventions, seed: 0);
        TestPass pass = TestPass.Base(data);
        return Enumerable
            .Range(0, images.Count)
            .GroupBy(place => maker.PaddedSize(images[place], pass))
            .SelectMany(group => group.Chunk(MostTogether))
            .Select(places =>
                (
                    places,
                    maker.Pad([
                        .. places.Select(place => maker.ForEvaluation(Unnamed(images[place]), images[place], pass)),
                    ])
                )
            );
    }

    /// <summary>A picture that is of no data set.</summary>
    public static ImageRecord Unnamed(RgbImage image) => new(0, "", "", image.Width, image.Height, []);

    /// <summary>The training batch that an iteration makes of images that are decoded already. A mosaic takes its further images from them.</summary>
    /// <param name="images">With the sizes that they were decoded to.</param>
    /// <param name="data">Sizes and augmentation.</param>
    /// <param name="backbone">Channel order, mean and std.</param>
    /// <param name="conventions">The flip of boxes.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="iteration">From 1.</param>
    public static ImageBatch Of(
        IEnumerable<(ImageRecord Image, RgbImage Decoded)> images,
        DataConfig data,
        BackboneConfig backbone,
        Conventions conventions,
        long seed,
        long iteration
    )
    {
        BatchMaker maker = new(data, backbone, conventions, seed);
        (ImageRecord Image, RgbImage Decoded)[] all = [.. images];
        Dictionary<ImageRecord, RgbImage> decoded = new(ReferenceEqualityComparer.Instance);
        foreach ((ImageRecord image, RgbImage pixels) in all)
        {
            decoded[image] = pixels;
        }
        return maker.Pad([
            .. all.Select(entry =>
            {
                TrainingView view = maker.View(entry.Image, unit => all[(int)(unit * all.Length)].Image, iteration);
                RgbImage[] parts = [.. view.Parts.Select(part => maker.Resample(decoded[part.Image], part.Window))];
                return maker.ForTraining(view.Record, view.Compose(parts), iteration);
            }),
        ]);
    }

    /// <summary>What augmentation does to the boxes of a split's images, each seen once.</summary>
    /// <inheritdoc cref="Train"/>
    public static AugmentedBoxes CountAugmented(
        Dataset dataset,
        DataConfig data,
        BackboneConfig backbone,
        Conventions conventions,
        long seed
    )
    {
        BatchMaker maker = new(data, backbone, conventions, seed);
        ImageRecord[] usable = [.. Usable(dataset, data, maker)];
        return usable
            .Select((image, place) => maker.View(image, unit => usable[(int)(unit * usable.Length)], place + 1).Boxes)
            .Aggregate(default(AugmentedBoxes), (sum, boxes) => sum + boxes);
    }

    /// <summary>The next batch. Waits until it is decoded.</summary>
    /// <exception cref="DataException">No image can be decoded, or one cannot and the source is strict.</exception>
    public ImageBatch Next() => queue.Take(stop.Token).GetAwaiter().GetResult();

    /// <summary>Stops the threads; batches that were decoded ahead are dropped.</summary>
    public void Dispose()
    {
        stop.Cancel();
        try
        {
            feeder.Wait();
        }
        catch (AggregateException error) when (error.InnerException is OperationCanceledException)
        {
            // That is how it ends.
        }
        while (queue.TryTake(out Task<ImageBatch>? left))
        {
            Drop(left);
        }
        queue.Dispose();
        decoders.Dispose();
        pictures.Dispose();
        stop.Dispose();
    }

    private void Feed(long firstIteration)
    {
        int epoch = 0;
        long past = 0; // batches of the epochs before
        while (firstIteration > past + order.BatchesOf(epoch))
        {
            past += order.BatchesOf(epoch++);
        }
        IReadOnlyList<int[]> batches = order.Epoch(epoch);
        for (long iteration = firstIteration; !stop.IsCancellationRequested; iteration++)
        {
            if (iteration > past + batches.Count)
            {
                past += batches.Count;
                batches = order.Epoch(++epoch);
            }
            (int Place, long When)[] places = shard.Of(Turns(batches[(int)(iteration - 1 - past)], iteration));
            decoders.Wait(stop.Token);
            Task<ImageBatch> batch = Task.Run(
                () =>
                {
                    try
                    {
                        return Make(places);
                    }
                    finally
                    {
                        decoders.Release();
                    }
                },
                CancellationToken.None
            );
            try
            {
                queue.Add(batch, stop.Token);
            }
            catch (OperationCanceledException)
            {
                // It must not outlive what it works with.
                Drop(batch);
                throw;
            }
        }
    }

    /// <summary>Waits for a batch that nobody takes. It may fail; that is nobody's error.</summary>
    private static void Drop(Task<ImageBatch> batch)
    {
        Task.WhenAny(batch).Wait();
        _ = batch.Exception;
    }

    /// <summary>The places of a batch, those that come again with draws of their own. Counted before the batch is shared, so that processes do not matter.</summary>
    private static (int Place, long When)[] Turns(int[] places, long iteration)
    {
        Dictionary<int, int> before = [];
        (int, long)[] turns = new (int, long)[places.Length];
        for (int i = 0; i < places.Length; i++)
        {
            int copy = before.GetValueOrDefault(places[i]);
            before[places[i]] = copy + 1;
            turns[i] = (places[i], CounterRandom.When(iteration, copy));
        }
        return turns;
    }

    private ImageBatch Make((int Place, long When)[] places) =>
        maker.Pad([.. places.Select(turn => pictures.At(turn.Place, turn.When))]);
}
