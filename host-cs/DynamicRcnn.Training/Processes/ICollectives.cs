using DynamicRcnn.Core;

namespace DynamicRcnn.Training;

/// <summary>
/// What the processes of a job do together. All make the same calls in the same order, and a call gives all of them the same bits. Tensors
/// are dense.
/// </summary>
internal interface ICollectives : IDisposable
{
    /// <summary>This process's place, from 0.</summary>
    int Rank { get; }

    /// <summary>How many processes there are.</summary>
    int Size { get; }

    /// <summary>Adds up the processes' tensors, float32 or float64, in place.</summary>
    /// <exception cref="CollectiveException">Another process is gone.</exception>
    void AllReduce(torch.Tensor values);

    /// <summary>Copies a process's tensor, of any type, into those of the others, in place.</summary>
    /// <exception cref="CollectiveException">Another process is gone.</exception>
    void Broadcast(torch.Tensor values, int root);

    /// <summary>Everybody's bytes in the order of the ranks; all give equally many.</summary>
    /// <exception cref="CollectiveException">Another process is gone.</exception>
    byte[] AllGather(ReadOnlySpan<byte> own);

    /// <summary>Waits until all are here.</summary>
    /// <exception cref="CollectiveException">Another process is gone.</exception>
    void Barrier();

    /// <summary>Ends a call that is under way, here and in the other processes, and all later ones. Any thread may ask for it.</summary>
    void Abort();
}

/// <summary>An operation that several processes make together failed: mostly because one of them is gone.</summary>
public sealed class CollectiveException(string message) : DynamicRcnnException(message, innerException: null)
{
    /// <summary>Whether nothing went wrong but that somebody was waited for in vain.</summary>
    internal bool IsTimeout { get; init; }
}
