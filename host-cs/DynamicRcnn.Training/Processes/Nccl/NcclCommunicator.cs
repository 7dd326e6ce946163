namespace DynamicRcnn.Training;

/// <summary>
/// The processes of a job in NCCL. One thread begins operations; any other may abort them, and NCCL frees what it aborts, so each call has
/// the communicator to itself. No call waits for another process: those that take longer are asked for, so an abort never waits long.
/// </summary>
/// <param name="library">NCCL.</param>
/// <param name="handle">Of a communicator that does not block; it is this object's.</param>
internal sealed class NcclCommunicator(NcclLibrary library, nint handle) : IDisposable
{
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(1);
    private readonly Lock use = new();
    private nint handle = handle;

    /// <summary>Waits until all processes have come.</summary>
    /// <exception cref="CollectiveException">One did not, or it was aborted.</exception>
    internal void Open() => Settle();

    /// <summary>Begins an operation and waits until NCCL has it, not until it has ended. What became of earlier ones is told here.</summary>
    /// <param name="operation">A call of NCCL with the communicator.</param>
    /// <exception cref="CollectiveException">NCCL refuses, another process is gone, or it was aborted.</exception>
    internal void Begin(Func<nint, int> operation)
    {
        library.Check(Call(operation));
        Settle();
    }

    /// <summary>Ends what is under way, here and in the other processes.</summary>
    internal void Abort() => End(library.ncclCommAbort);

    public void Dispose() => End(library.ncclCommDestroy);

    private void Settle()
    {
        while (true)
        {
            int state = 0;
            library.Check(Call(open => library.ncclCommGetAsyncError(open, out state)));
            library.Check(state);
            if (state != NcclLibrary.InProgress)
            {
                return;
            }
            Thread.Sleep(pause);
        }
    }

    private int Call(Func<nint, int> call)
    {
        lock (use)
        {
            return handle != 0 ? call(handle) : throw new CollectiveException("the processes have parted");
        }
    }

    private void End(Func<nint, int> call)
    {
        lock (use)
        {
            if (handle != 0)
            {
                _ = call(handle);
                handle = 0;
            }
        }
    }
}
