using System.Text;
using DynamicRcnn.Torch.Interop;
using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch;

/// <summary>Where a group of processes meets.</summary>
/// <param name="Host">Name or address of the machine of rank 0.</param>
/// <param name="Port">A free port of it.</param>
/// <param name="ServesStore">Whether this process serves the store there; of a group one does, or the program that started it.</param>
/// <param name="Prefix">Keeps groups at one store apart.</param>
public sealed record MeetingPoint(string Host, int Port, bool ServesStore, string Prefix);

/// <summary>How long processes of a group wait for each other.</summary>
/// <param name="Heartbeat">How long one may be silent, however long it computes; zero: for ever. What rank 0 says counts for all.</param>
/// <param name="Timeout">The longest wait for one that is not silent, of joining and of every later operation.</param>
public sealed record Patience(TimeSpan Heartbeat, TimeSpan Timeout);

/// <summary>
/// Processes that compute together, over c10d: the host's tensors over Gloo, a GPU's over NCCL. TorchSharp lacks it. Every process makes the
/// same calls in the same order; tensors are dense. What is on a GPU is done when the current stream is: the host does not wait.
/// </summary>
public sealed unsafe class CollectiveGroup : IDisposable
{
    private const int LongestSentence = 4096;
    private nint handle;
    private bool isBroken;

    private CollectiveGroup(nint handle, int rank, int size)
    {
        this.handle = handle;
        Rank = rank;
        Size = size;
    }

    /// <summary>Why several processes cannot train together, in a sentence; null: they can.</summary>
    public static string? Problem => null;

    /// <summary>This process's place, from 0.</summary>
    public int Rank { get; }

    /// <summary>How many processes there are.</summary>
    public int Size { get; }

    /// <summary>Waits for all processes to join.</summary>
    /// <param name="where">The same for all.</param>
    /// <param name="rank">From 0.</param>
    /// <param name="size">At least 1.</param>
    /// <param name="patience">How long one process waits for another.</param>
    /// <param name="gpu">Of this process, by its number on this machine; unused where all tensors are on the CPU.</param>
    /// <exception cref="CollectiveException">Somebody did not come, or the address cannot be used.</exception>
    /// <exception cref="LibtorchException">The library is not there.</exception>
    public static CollectiveGroup Join(MeetingPoint where, int rank, int size, Patience patience, int gpu = 0)
    {
        fixed (
            byte* host = Text(where.Host),
                prefix = Text(where.Prefix)
        )
        {
            DistributedNative.Meeting meeting = new()
            {
                Host = host,
                Prefix = prefix,
                Port = where.Port,
                ServesStore = where.ServesStore ? 1 : 0,
                Rank = rank,
                Size = size,
                Gpu = gpu,
                HeartbeatMilliseconds = (int)patience.Heartbeat.TotalMilliseconds,
                TimeoutMilliseconds = (long)patience.Timeout.TotalMilliseconds,
            };
            DistributedNative.Check(DistributedNative.drcnn_dist_join(in meeting, out nint group));
            return new CollectiveGroup(group, rank, size);
        }
    }

    /// <summary>Adds up the processes' tensors, in place: all of them then hold the same bits.</summary>
    public void all_reduce_(Tensor tensor)
    {
        Run(DistributedNative.drcnn_dist_all_reduce(handle, tensor.Handle));
        GC.KeepAlive(tensor);
    }

    /// <summary>The processes' tensors, which have one shape, in the order of the ranks.</summary>
    /// <param name="tensor">[...].</param>
    /// <returns>[size, ...].</returns>
    public Tensor all_gather(Tensor tensor)
    {
        Tensor rows = zeros([Size, .. tensor.shape], tensor.dtype, tensor.device);
        Run(DistributedNative.drcnn_dist_all_gather(handle, tensor.Handle, rows.Handle));
        GC.KeepAlive(tensor);
        return rows;
    }

    /// <summary>Copies a process's tensor into those of the others, in place.</summary>
    public void broadcast_(Tensor tensor, int root)
    {
        Run(DistributedNative.drcnn_dist_broadcast(handle, tensor.Handle, root));
        GC.KeepAlive(tensor);
    }

    /// <summary>Waits until all processes are here.</summary>
    public void barrier() => Run(DistributedNative.drcnn_dist_barrier(handle));

    /// <summary>Buckets for the gradients of leaves.</summary>
    /// <param name="leaves">Of one type; they outlive the buckets.</param>
    /// <param name="firstBytes">Size of the first bucket, whose gradients come first in backward: those of the last leaves.</param>
    /// <param name="bytes">Size of the others.</param>
    public GradientBuckets Buckets(IReadOnlyList<Tensor> leaves, long firstBytes, long bytes)
    {
        nint[] handles = [.. leaves.Select(leaf => leaf.Handle)];
        fixed (nint* first = handles)
        {
            Run(
                DistributedNative.drcnn_dist_buckets_make(
                    handle,
                    first,
                    handles.Length,
                    firstBytes,
                    bytes,
                    out nint buckets
                )
            );
            GC.KeepAlive(leaves);
            return new GradientBuckets(this, buckets);
        }
    }

    /// <summary>Tells the others why this process fails and wakes those that wait for it. The first failure of a group is the one that is told.</summary>
    public void Fail(string sentence)
    {
        isBroken = true;
        // Nobody may be left to hear it.
        _ = DistributedNative.drcnn_dist_fail(handle, sentence);
    }

    /// <summary>
    /// What the process said that failed first, or what is said of one that is silent; null where there is nothing before the wait was over.
    /// </summary>
    public string? Failure(TimeSpan wait)
    {
        byte* text = stackalloc byte[LongestSentence];
        int length = DistributedNative.drcnn_dist_failure(handle, (long)wait.TotalMilliseconds, text, LongestSentence);
        return length > 0 ? Encoding.UTF8.GetString(text, length) : null;
    }

    /// <summary>The same at once, for a thread that watches while another one computes; null: all is well. It must end before the group does.</summary>
    public string? Verdict()
    {
        byte* text = stackalloc byte[LongestSentence];
        int length = DistributedNative.drcnn_dist_verdict(handle, text, LongestSentence);
        return length > 0 ? Encoding.UTF8.GetString(text, length) : null;
    }

    /// <summary>Ends the process and nothing else, where a thread hangs in the network or in a driver that an orderly end would wait for.</summary>
    public static void EndProcess(int exitCode) => DistributedNative.drcnn_dist_end_process(exitCode);

    /// <summary>Leaves the group. After a failure nobody is waited for.</summary>
    public void Dispose()
    {
        nint group = Interlocked.Exchange(ref handle, 0);
        if (group != 0)
        {
            DistributedNative.drcnn_dist_leave(group, isBroken ? 0 : 1);
        }
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + '\0');

    internal void Run(int status)
    {
        isBroken |= status < 0;
        DistributedNative.Check(status);
    }
}
