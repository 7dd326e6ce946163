using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

/// <summary>Gradients that are summed over the processes bucket by bucket, while backward still computes the others.</summary>
public sealed class GradientBuckets : IDisposable
{
    private readonly CollectiveGroup group;
    private nint handle;

    internal GradientBuckets(CollectiveGroup group, nint handle)
    {
        this.group = group;
        this.handle = handle;
    }

    /// <summary>Says that the next backward is the step's last: what it completes is sent at once.</summary>
    public void Arm() => group.Run(DistributedNative.drcnn_dist_buckets_arm(handle));

    /// <summary>Waits for all buckets. Every leaf's gradient is then the sum, a missing one counting as zeros.</summary>
    public void Finish() => group.Run(DistributedNative.drcnn_dist_buckets_finish(handle));

    /// <summary>Releases the buckets; gradients that are left stay valid.</summary>
    public void Dispose()
    {
        nint buckets = Interlocked.Exchange(ref handle, 0);
        if (buckets != 0)
        {
            DistributedNative.drcnn_dist_buckets_free(buckets);
        }
    }
}
