using DynamicRcnn.Runs;

namespace DynamicRcnn.Training;

/// <summary>
/// Processes whose tensors of a GPU travel over NCCL, behind what libtorch's current stream has to do: the host does not wait. All else goes
/// the host's way, and so do these tensors where a process has no NCCL.
/// </summary>
/// <param name="host">Of the same processes; it ends with this object.</param>
/// <param name="find">Gives NCCL when the first tensor of a GPU comes; null: there is none.</param>
/// <param name="isDevices">Whether a tensor is on a GPU.</param>
/// <param name="gpuOf">The identity of a tensor's GPU: <see cref="GpuIdentity.Length"/> bytes, zeros where nobody knows.</param>
internal sealed unsafe class NcclCollectives(
    ICollectives host,
    Func<NcclLibrary?> find,
    Func<torch.Tensor, bool> isDevices,
    Func<torch.Tensor, byte[]> gpuOf
) : ICollectives
{
    private NcclLibrary? nccl;
    private bool isOpen;
    private volatile bool isAborted;
    private volatile NcclCommunicator? communicator;

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
        void* stream = place.Stream;
        long count = values.numel();
        communicator!.Begin(open => nccl!.ncclAllReduce(at, at, count, type, NcclLibrary.Sum, open, stream));
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
        void* stream = place.Stream;
        long bytes = values.numel() * ops.SizeOf(values.dtype);
        communicator!.Begin(open => nccl!.ncclBroadcast(at, at, bytes, NcclLibrary.Uint8, root, open, stream));
        GC.KeepAlive(values);
    }

    public byte[] AllGather(ReadOnlySpan<byte> own) => host.AllGather(own);

    public void Barrier() => host.Barrier();

    public void Abort()
    {
        isAborted = true;
        communicator?.Abort();
        host.Abort();
    }

    public void Dispose()
    {
        communicator?.Dispose();
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
        byte[] own = [found is null ? (byte)0 : (byte)1, .. gpuOf(values)];
        byte[][] theirs = [.. host.AllGather(own).Chunk(own.Length)];
        if (theirs.Any(each => each[0] == 0))
        {
            isOpen = true;
            return;
        }
        RequireGpus([.. theirs.Select(each => Convert.ToHexString(each, 1, GpuIdentity.Length))]);
        NcclLibrary.UniqueId id = default;
        if (Rank == 0)
        {
            found!.Check(found.ncclGetUniqueId(out id));
        }
        // Rank 0's is the first.
        byte[] all = host.AllGather(new ReadOnlySpan<byte>(id.Bytes, NcclLibrary.UniqueId.Length));
        all.AsSpan(0, NcclLibrary.UniqueId.Length).CopyTo(new Span<byte>(id.Bytes, NcclLibrary.UniqueId.Length));
        using CudaPlace place = new(values);
        found!.Check(found.ncclCommInitRankConfig(out nint made, Size, id, Rank));
        nccl = found;
        communicator = new NcclCommunicator(found, made);
        if (isAborted)
        {
            communicator.Abort();
        }
        communicator.Open();
        isOpen = true;
    }

    /// <summary>NCCL itself would say that an operation is invalid.</summary>
    /// <param name="gpus">Of each process.</param>
    /// <exception cref="RunException">Two processes have the same one.</exception>
    private static void RequireGpus(string[] gpus)
    {
        string nobodyKnows = new('0', 2 * GpuIdentity.Length);
        int[]? shared = gpus.Index()
            .Where(entry => entry.Item != nobodyKnows)
            .GroupBy(entry => entry.Item, entry => entry.Index)
            .Select(ranks => ranks.ToArray())
            .FirstOrDefault(ranks => ranks.Length > 1);
        if (shared is not null)
        {
            throw new RunException(
                $"ranks {shared[0]} and {shared[1]} of {gpus.Length} have the same GPU, expected one for each: start no more processes on a "
                    + "machine than it has GPUs and give each its own LOCAL_RANK, or set run.device to cpu",
                RunFault.Request
            );
        }
    }
}
