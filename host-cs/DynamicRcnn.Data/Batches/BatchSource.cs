using System.Collections.Concurrent;
using System.Collections.Immutable;
using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>
/// The batches of a training run in order, decoded ahead of the loop by several threads. What a batch holds is a function of the seed
/// and the iteration alone. An image that cannot be decoded gives its place to the next one of the data set and becomes a finding.
/// </summary>
public sealed class BatchSource : IDisposable
{
    private const long BytesOfMegabyte = 1 << 20;
    private readonly ImmutableArray<ImageRecord> images;
    private readonly SampleOrder order;
    private readonly BatchMaker maker;
    private readonly ImageCache cache;
    private readonly Shard shard;
    private readonly bool strict;
    private readonly CancellationTokenSource stop = new();
    private readonly BlockingCollection<Task<ImageBatch>> queue;
    private readonly ConcurrentDictionary<long, Finding> findings = new();
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
        images = [.. usable];
        order = new SampleOrder(usable, batchSize, data.AspectGrouping, seed);
        this.maker = maker;
        cache = new ImageCache(data.CacheMegabytes * BytesOfMegabyte);
        this.shard = shard;
        strict = data.Strict;
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
    public IReadOnlyList<Finding> Findings => [.. findings.Values];

    /// <summary>Starts decoding. Images that the configuration leaves out of training are left out here.</summary>
    /// <param name="dataset">The training split.</param>
    /// <param name="data">Sizes, augmentation, threads, and whether an undecodable image stops the run.</param>
    /// <param name="backbone">Channel order, mean and std.</param>
    /// <param name="conventions">The flip of boxes.</param>
    /// <param name="batchSize">Images of one forward pass.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="firstIteration">The first batch to give, from 1.</param>
    /// <param name="shard">The part of each batch that is wanted; null: all of it.</param>
    /// <exception cref="DataException">No image is left to train on.</exception>
    public static BatchSource Train(
        Dataset dataset,
        DataConfig data,
        BackboneConfig backbone,
        Conventions conventions,
        int batchSize,
        long seed,
        long firstIteration,
        Shard? shard = null
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(firstIteration, 1);
        BatchMaker maker = new(data, backbone, conventions, seed);
        ImageRecord[] usable = [.. Usable(dataset, data, maker)];
        return usable.Length > 0
            ? new BatchSource(usable, batchSize, shard ?? Shard.Whole, data, maker, seed, firstIteration)
            : throw new DataException(
                $"{dataset.Name}: the split '{dataset.Split}' has no image to train on; expected at least one."
            );
    }

    /// <summary>How many images of a split a run trains on.</summary>
    public static int CountUsable(Dataset dataset, DataConfig data, BackboneConfig backbone, Conventions conventions) =>
        Usable(dataset, data, new BatchMaker(data, backbone, conventions, seed: 0)).Count();

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

    /// <summary>The training batch that an iteration makes of images that are decoded already.</summary>
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
        return maker.Pad([
            .. images.Select(entry =>
                maker.ForTraining(
                    entry.Image,
                    maker.Resize(entry.Decoded, maker.TrainingSize(entry.Image, iteration)),
                    iteration
                )
            ),
        ]);
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
        cache.Dispose();
        stop.Dispose();
    }

    private void Feed(long firstIteration)
    {
        int epoch = -1;
        IReadOnlyList<int[]> batches = [];
        for (long iteration = firstIteration; !stop.IsCancellationRequested; iteration++)
        {
            int wanted = (int)((iteration - 1) / order.BatchesPerEpoch);
            if (wanted != epoch)
            {
                epoch = wanted;
                batches = order.Epoch(epoch);
            }
            int[] places = shard.Of(batches[(int)((iteration - 1) % order.BatchesPerEpoch)]);
            long own = iteration;
            decoders.Wait(stop.Token);
            Task<ImageBatch> batch = Task.Run(
                () =>
                {
                    try
                    {
                        return Make(places, own);
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

    private ImageBatch Make(int[] places, long iteration)
    {
        BatchMaker.Prepared[] prepared = new BatchMaker.Prepared[places.Length];
        for (int i = 0; i < places.Length; i++)
        {
            (ImageRecord image, RgbImage resized) = Decode(places[i], iteration);
            prepared[i] = maker.ForTraining(image, resized, iteration);
        }
        return maker.Pad(prepared);
    }

    /// <summary>The image at a place, or the first decodable one after it.</summary>
    private (ImageRecord, RgbImage) Decode(int place, long iteration)
    {
        for (int tries = 0; tries < images.Length; tries++)
        {
            ImageRecord image = images[(place + tries) % images.Length];
            if (findings.ContainsKey(image.Id))
            {
                continue;
            }
            try
            {
                if (Resized(image, maker.TrainingSize(image, iteration)) is { } resized)
                {
                    return (image, resized);
                }
            }
            catch (ImageException error)
            {
                Report(image, FindingKind.UndecodableImage, error.Message.TrimEnd('.'));
            }
        }
        throw new DataException(
            $"no image of the training split can be decoded; the first: {findings[images[0].Id].Message}"
        );
    }

    /// <summary>The image at a size, or null where its own is not the stated one.</summary>
    private RgbImage? Resized(ImageRecord image, ImageSize target)
    {
        ImageKey key = new(image.Path, new ImageSize(image.Width, image.Height), target);
        if (cache.Find(key) is { } kept)
        {
            return kept;
        }
        RgbImage decoded = image.Decode();
        if (image.Mismatch(decoded) is { } mismatch)
        {
            Report(image, FindingKind.SizeMismatch, $"{image.Path}: {mismatch}");
            return null;
        }
        RgbImage resized = maker.Resize(decoded, target);
        cache.Keep(key, resized);
        return resized;
    }

    private void Report(ImageRecord image, FindingKind kind, string cause)
    {
        Finding finding = new(kind, image.Path, $"{cause}.");
        if (strict)
        {
            throw new DataException(finding.Message);
        }
        findings.TryAdd(image.Id, finding);
    }
}
