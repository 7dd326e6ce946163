namespace DynamicRcnn.Training;

/// <summary>
/// Processes whose tensors of a GPU travel over NCCL, behind what libtorch's current stream has to do: the host does not wait. All else goes
/// the host's way, and so do these tensors where a process has no NCCL.
/// </summary>
/// <param name="host">Of the same processes; it ends with this object.</param>
/// <param name="find">Gives NCCL when the first tensor of a GPU comes; null: there is none.</param>
/// <param name="isDevices">Whether a tensor is on a GPU.</param>
internal sealed unsafe class NcclCollectives(
    ICollectives host,
    Func<NcclLibrary?> find,
    Func<torch.Tensor, bool> isDevices
) : ICollectives
{
    private NcclLibrary? nccl;
    private bool isOpen;
    private volatile bool isAborted;
    private nint communicator;

    public int Rank => host.Rank;

    public int Size => host.Size;

    public void AllReduce(torch.Tensor values)
    {
        if (!IsOurs(values))
        {
            host.AllReduce(values);
            return;
        }
        int type = values.dtype switch
        {
            torch.ScalarType.Float32 => NcclLibrary.Float32,
            torch.ScalarType.Float64 => NcclLibrary.Float64,
            _ => throw new ArgumentException($"values must be float32 or float64, got {values.dtype}"),
        };
        using CudaPlace place = new(values);
        void* at = TensorMemory.Of(values);
        Check(nccl!.ncclAllReduce(at, at, values.numel(), type, NcclLibrary.Sum, Communicator(), place.Stream));
        GC.KeepAlive(values);
    }

    public void Broadcast(torch.Tensor values, int root)
    {
        if (!IsOurs(values))
        {
            host.Broadcast(values, root);
            return;
        }
        using CudaPlace place = new(values);
        void* at = TensorMemory.Of(values);
        long bytes = values.numel() * ops.SizeOf(values.dtype);
        Check(nccl!.ncclBroadcast(at, at, bytes, NcclLibrary.Uint8, root, Communicator(), place.Stream));
        GC.KeepAlive(values);
    }

    public byte[] AllGather(ReadOnlySpan<byte> own) => host.AllGather(own);

    public void Barrier() => host.Barrier();

    public void Abort()
    {
        isAborted = true;
        nint ended = Interlocked.Exchange(ref communicator, 0);
        if (ended != 0)
        {
            _ = nccl!.ncclCommAbort(ended);
        }
        host.Abort();
    }

    public void Dispose()
    {
        nint ended = Interlocked.Exchange(ref communicator, 0);
        if (ended != 0)
        {
            _ = nccl!.ncclCommDestroy(ended);
        }
        host.Dispose();
    }

    private bool IsOurs(torch.Tensor values)
    {
        if (!isDevices(values))
        {
            return false;
        }
        if (!isOpen)
        {
            Open(values);
        }
        return nccl is not null;
    }

    /// <summary>All processes are here: the first tensor of a GPU is the same one for all.</summary>
    private void Open(torch.Tensor values)
    {
        NcclLibrary? found = find();
        if (host.AllGather([found is null ? (byte)0 : (byte)1]).Contains((byte)0))
        {
            isOpen = true;
            return;
        }
        NcclLibrary.UniqueId id = default;
        if (Rank == 0)
        {
            found!.Check(found.ncclGetUniqueId(out id));
        }
        // Rank 0's is the first.
        byte[] all = host.AllGather(new ReadOnlySpan<byte>(id.Bytes, NcclLibrary.UniqueId.Length));
        all.AsSpan(0, NcclLibrary.UniqueId.Length).CopyTo(new Span<byte>(id.Bytes, NcclLibrary.UniqueId.Length));
        using CudaPlace place = new(values);
        found!.Check(found.ncclCommInitRank(out nint made, Size, id, Rank));
        nccl = found;
        communicator = made;
        isOpen = true;
        if (isAborted)
        {
            Abort();
        }
    }

    private nint Communicator() =>
        communicator is not 0 and var open ? open : throw new CollectiveException("the processes have parted");

    /// <summary>A call only begins an operation; what became of earlier ones NCCL tells apart.</summary>
    private void Check(int result)
    {
        nccl!.Check(result);
        nccl.Check(nccl.ncclCommGetAsyncError(Communicator(), out int error));
        nccl.Check(error);
    }
}
