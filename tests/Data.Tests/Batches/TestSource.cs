using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DynamicRcnn.Core;
using DynamicRcnn.Data.Tests.Images;

namespace DynamicRcnn.Data.Tests.Batches;

/// <summary>A folder of a few small pictures with one box each, and the batches made of them.</summary>
internal sealed class TestSource : IDisposable
{
    internal const int Width = 64;
    internal const int Height = 48;
    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-batches-").FullName;

    internal TestSource(int imageCount) =>
        Dataset = new Dataset(
            "pictures",
            "train",
            [new ClassName(1, "thing")],
            [.. Enumerable.Range(1, imageCount).Select(Write)],
            []
        );

    internal Dataset Dataset { get; }

    public void Dispose()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The demo's configuration at the pictures' own size without a cache, with `path=value` in place of it or on top.</summary>
    internal static Config Config(params string[] sets)
    {
        string[] own = ["data.shortSides=48", "data.maxSide=64", "data.cacheMegabytes=0"];
        IEnumerable<string> all = own.Where(set => !sets.Any(other => Key(other) == Key(set))).Concat(sets);
        return ConfigText.Resolve(new ConfigSources("tiny-demo", [], [.. all], [])).Value.Config;
        static string Key(string set) => set[..set.IndexOf('=', StringComparison.Ordinal)];
    }

    /// <summary>The picture with an id, different for each.</summary>
    internal static RgbImage Picture(long id)
    {
        RgbImage picture = TestPictures.Gradient(Width, Height);
        picture.Pixels.AsSpan(0, (int)id * 3).Fill(200);
        return picture;
    }

    internal BatchSource Train(Config config, int batchSize = 2, long seed = 5, int firstIteration = 1) =>
        BatchSource.Train(
            Dataset,
            config.Data,
            config.Model.Backbone,
            config.Model.Conventions,
            batchSize,
            seed,
            firstIteration
        );

    /// <summary>Digests of the first batches from an iteration on.</summary>
    internal string[] Digests(Config config, int count, long seed = 5, int firstIteration = 1)
    {
        using BatchSource batches = Train(config, seed: seed, firstIteration: firstIteration);
        return Digests(batches, count);
    }

    /// <summary>Digests of the next batches.</summary>
    internal static string[] Digests(BatchSource batches, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => Digest(batches.Next()))];

    /// <summary>Every bit of the pixels and the boxes.</summary>
    internal static string Digest(ImageBatch batch)
    {
        float[] boxes = [.. batch.Items.SelectMany(item => item.Boxes)];
        return Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(batch.Normalised().AsSpan())))
            + Convert.ToHexString(MemoryMarshal.AsBytes(boxes.AsSpan()));
    }

    internal void DeletePictures() => Directory.Delete(folder, recursive: true);

    private ImageRecord Write(int id)
    {
        string path = Path.Combine(folder, $"{id}.png");
        File.WriteAllBytes(path, ImageCodec.EncodePng(Picture(id)));
        GroundTruthBox box = new(4, 6, 4 + id, 30, Label: 0, Crowd: false, Area: 24 * id, AnnotationId: id);
        return new ImageRecord(id, path, $"{id}.png", Width, Height, [box]);
    }
}
