namespace DynamicRcnn.Data;

/// <summary>What an image in the cache was made from.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Original">The size that it was found to have.</param>
/// <param name="Target">The size that it was resampled to.</param>
internal readonly record struct ImageKey(string Path, ImageSize Original, ImageSize Target);

/// <summary>
/// Decoded and resampled images up to a number of bytes; the one that was not asked for the longest goes first. Its images are shared
/// and must not be written to. Any thread may call it.
/// </summary>
/// <param name="capacity">Bytes of pixels that are kept at most; 0 keeps nothing.</param>
internal sealed class ImageCache(long capacity) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<ImageKey, LinkedListNode<Entry>> entries = [];

    /// <summary>The latest use first.</summary>
    private readonly LinkedList<Entry> uses = [];
    private long bytes;

    /// <summary>Bytes of the pixels that are kept.</summary>
    internal long Bytes
    {
        get
        {
            lock (gate)
            {
                return bytes;
            }
        }
    }

    /// <summary>Lets go of every image.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            entries.Clear();
            uses.Clear();
            bytes = 0;
        }
    }

    /// <summary>The image, or null where it is not kept.</summary>
    internal RgbImage? Find(ImageKey key)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(key, out LinkedListNode<Entry>? node))
            {
                return null;
            }
            uses.Remove(node);
            uses.AddFirst(node);
            return node.Value.Image;
        }
    }

    /// <summary>Keeps an image, unless it is larger than the whole cache or another thread was faster.</summary>
    internal void Keep(ImageKey key, RgbImage image)
    {
        long size = image.Pixels.LongLength;
        lock (gate)
        {
            if (size > capacity || entries.ContainsKey(key))
            {
                return;
            }
            while (bytes + size > capacity)
            {
                Forget(uses.Last!);
            }
            entries.Add(key, uses.AddFirst(new Entry(key, image)));
            bytes += size;
        }
    }

    private void Forget(LinkedListNode<Entry> node)
    {
        entries.Remove(node.Value.Key);
        uses.Remove(node);
        bytes -= node.Value.Image.Pixels.LongLength;
    }

    private readonly record struct Entry(ImageKey Key, RgbImage Image);
}
