namespace DynamicRcnn.Training;

/// <summary>The gradients of a step in few flat tensors, which the processes add up one after the other.</summary>
internal sealed class GradientBuckets : IDisposable
{
    private readonly ProcessGroup group;
    private readonly Bucket[] buckets;

    /// <param name="Flat">[elements].</param>
    /// <param name="Leaves">What has gradients.</param>
    /// <param name="Slots">For each leaf its part of the flat tensor, in the leaf's shape.</param>
    private sealed record Bucket(torch.Tensor Flat, torch.Tensor[] Leaves, torch.Tensor[] Slots);

    /// <param name="group">A process that trains alone has nothing to add up, and no buckets.</param>
    /// <param name="leaves">Of one type and device; they outlive this object.</param>
    /// <param name="bytes">Of a bucket, unless a leaf is larger.</param>
    internal GradientBuckets(ProcessGroup group, IReadOnlyList<torch.Tensor> leaves, long bytes)
    {
        this.group = group;
        buckets = group.Size == 1 ? [] : [.. Shares(leaves, bytes).Select(MakeBucket)];
    }

    /// <summary>Afterwards every leaf's gradient is the sum; a missing one counts as zeros.</summary>
    internal void Sum()
    {
        using IDisposable unrecorded = torch.no_grad();
        foreach (Bucket bucket in buckets)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            foreach ((torch.Tensor leaf, torch.Tensor slot) in bucket.Leaves.Zip(bucket.Slots))
            {
                if (leaf.grad is { } gradient)
                {
                    slot.copy_(gradient);
                }
                else
                {
                    slot.zero_();
                }
            }
            group.Sum(bucket.Flat);
            foreach ((torch.Tensor leaf, torch.Tensor slot) in bucket.Leaves.Zip(bucket.Slots))
            {
                leaf.grad = slot;
            }
        }
    }

    /// <summary>Releases the flat tensors; gradients that are left stay valid.</summary>
    public void Dispose()
    {
        foreach (Bucket bucket in buckets)
        {
            Array.ForEach(bucket.Slots, slot => slot.Dispose());
            bucket.Flat.Dispose();
        }
    }

    /// <summary>The last leaves first: their gradients come first in backward.</summary>
    private static List<List<torch.Tensor>> Shares(IReadOnlyList<torch.Tensor> leaves, long bytes)
    {
        List<List<torch.Tensor>> shares = [];
        long room = 0;
        foreach (torch.Tensor leaf in leaves.Reverse())
        {
            long size = leaf.numel() * ops.SizeOf(leaf.dtype);
            if (shares.Count == 0 || size > room)
            {
                shares.Add([]);
                room = bytes;
            }
            shares[^1].Add(leaf);
            room -= size;
        }
        return shares;
    }

    private static Bucket MakeBucket(List<torch.Tensor> leaves)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor flat = torch.zeros([leaves.Sum(leaf => leaf.numel())], leaves[0].dtype, leaves[0].device);
        List<torch.Tensor> slots = [];
        long start = 0;
        foreach (torch.Tensor leaf in leaves)
        {
            slots.Add(flat.narrow(0, start, leaf.numel()).view(leaf.shape).DetachFromDisposeScope());
            start += leaf.numel();
        }
        return new Bucket(flat.DetachFromDisposeScope(), [.. leaves], [.. slots]);
    }
}
