using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

/// <summary>
/// Owns the tensors made on its thread while it is the innermost open scope and releases them at its end. The thread's stack of
/// scopes is the only ambient state of the program: do not await inside one.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic]
    private static DisposeScope? innermost;

    private readonly DisposeScope? outer;
    private readonly List<torch.Tensor> tensors = new(64);
    private bool ended;

    internal DisposeScope()
    {
        outer = innermost;
        innermost = this;
    }

    /// <summary>How many tensors the scope would release now.</summary>
    public int DisposablesCount => tensors.Count;

    internal static DisposeScope? Innermost => innermost;

    /// <summary>Hands a tensor to the scope outside this one, or to the caller when there is none.</summary>
    public T MoveToOuter<T>(T disposable)
        where T : IDisposable
    {
        if (disposable is torch.Tensor tensor && tensor.Scope == this)
        {
            Remove(tensor);
            outer?.Add(tensor);
        }
        return disposable;
    }

    public (T1 First, T2 Second) MoveToOuter<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable => (MoveToOuter(first), MoveToOuter(second));

    /// <summary>Releases everything that the scope still owns. Scopes end in the reverse order of their beginning.</summary>
    public unsafe void Dispose()
    {
        if (ended)
        {
            return;
        }
        if (innermost != this)
        {
            throw new InvalidOperationException("A dispose scope ended before one that was opened inside it.");
        }
        ended = true;
        innermost = outer;
        nint* handles = stackalloc nint[256];
        int count = 0;
        foreach (torch.Tensor tensor in tensors)
        {
            handles[count++] = tensor.TakeHandle();
            if (count == 256)
            {
                Native.drcnn_release_many(handles, count);
                count = 0;
            }
        }
        Native.drcnn_release_many(handles, count);
        tensors.Clear();
    }

    internal void Add(torch.Tensor tensor)
    {
        tensor.Scope = this;
        tensor.ScopeIndex = tensors.Count;
        tensors.Add(tensor);
    }

    /// <summary>O(1): the last tensor takes the place of the removed one.</summary>
    internal void Remove(torch.Tensor tensor)
    {
        torch.Tensor last = tensors[^1];
        tensors[tensor.ScopeIndex] = last;
        last.ScopeIndex = tensor.ScopeIndex;
        tensors.RemoveAt(tensors.Count - 1);
        tensor.Scope = null;
    }
}
