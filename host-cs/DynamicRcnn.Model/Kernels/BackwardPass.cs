using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// What operators of ours leave behind them in the backward passes of one thread: the first exception, and the gradients that libtorch takes
/// over. Operators report to the thread that recorded them: a pass may run on others, one for each GPU.
/// </summary>
internal sealed class BackwardPass
{
    [ThreadStatic]
    private static BackwardPass? ofThread;

    /// <summary>By the thread that computed them, those of its last operator.</summary>
    private readonly ConcurrentDictionary<int, Tensor?[]> given = new();

    private Exception? kept;

    /// <summary>Where what this thread records reports to.</summary>
    internal static BackwardPass OfThread => ofThread ??= new BackwardPass();

    /// <summary>Runs a backward pass; what an operator of ours threw in it is thrown here.</summary>
    internal void Run(Action backward)
    {
        Interlocked.Exchange(ref kept, null);
        try
        {
            backward();
        }
        catch when (kept is not null) // libtorch refused the gradient that stands for a failure
        {
            ExceptionDispatchInfo.Throw(kept);
            throw;
        }
        finally
        {
            foreach (int thread in given.Keys)
                Forget(thread);
        }
        if (kept is { } error) // it took that gradient
            ExceptionDispatchInfo.Throw(error);
    }

    /// <summary>Keeps what was thrown where nothing may be thrown.</summary>
    internal void Fail(Exception error) => Interlocked.CompareExchange(ref kept, error, null);

    /// <summary>Holds gradients until libtorch has a reference of its own to them: when its next call on this thread comes, or the pass ends.</summary>
    internal void Give(Tensor?[] gradients) => given[Environment.CurrentManagedThreadId] = gradients;

    /// <summary>Releases the gradients of this thread's operator before.</summary>
    internal void Forget() => Forget(Environment.CurrentManagedThreadId);

    private void Forget(int thread)
    {
        if (!given.TryRemove(thread, out Tensor?[]? gradients))
            return;
        foreach (Tensor? gradient in gradients)
            gradient?.Dispose();
    }
}
