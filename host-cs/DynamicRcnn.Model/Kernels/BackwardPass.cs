using System.Runtime.ExceptionServices;

namespace DynamicRcnn.Model.Kernels;

/// <summary>What operators of ours leave behind them in a backward pass: the first exception, and the last gradients.</summary>
internal static class BackwardPass
{
    /// <summary>Backward runs on the thread that asks for it or, for a GPU, on one of libtorch's: no thread's own field will do.</summary>
    private static Exception? kept;

    /// <summary>The gradients that the thread's last operator gave to libtorch.</summary>
    [ThreadStatic]
    private static Tensor?[]? given;

    /// <summary>Runs a backward pass; what an operator of ours threw in it is thrown here. One pass at a time.</summary>
    internal static void Run(Action backward)
    {
        Interlocked.Exchange(ref kept, null);
        try
        {
            backward();
        }
        catch when (kept is not null)
        {
            ExceptionDispatchInfo.Throw(kept);
            throw;
        }
        finally
        {
            Forget();
        }
    }

    /// <summary>Keeps what was thrown where nothing may be thrown.</summary>
    internal static void Fail(Exception error) => Interlocked.CompareExchange(ref kept, error, null);

    /// <summary>Holds gradients until libtorch has a reference of its own to them: when its next call comes, or the pass ends.</summary>
    internal static void Give(Tensor?[] gradients) => given = gradients;

    /// <summary>Releases the gradients of the thread's operator before.</summary>
    internal static void Forget()
    {
        foreach (Tensor? gradient in given ?? [])
            gradient?.Dispose();
        given = null;
    }
}
