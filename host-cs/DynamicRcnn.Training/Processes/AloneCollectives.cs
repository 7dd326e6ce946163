namespace DynamicRcnn.Training;

/// <summary>A process that trains alone: what all have is what it has.</summary>
internal sealed class AloneCollectives : ICollectives
{
    public int Rank => 0;

    public int Size => 1;

    public void AllReduce(torch.Tensor values) { }

    public void Broadcast(torch.Tensor values, int root) { }

    public byte[] AllGather(ReadOnlySpan<byte> own) => own.ToArray();

    public void Barrier() { }

    public void Abort() { }

    public void Dispose() { }
}
