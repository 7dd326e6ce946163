using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

/// <summary>
/// Owns the tensors made on its thread while it is the innermost open scope and releases them at its end. The thread's stack of
/// scopes is the only ambient state of the program: do not await inside one. What a call says of other disposables than tensors has no effect.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    private const int ReleasedAtOnce = 256;

    [ThreadStatic]
    private static DisposeScope? innermost;

    private readonly DisposeScope? outer;
    private readonly List<torch.Tensor> tensors = [];
    private bool ended;

    internal DisposeScope()
    {
        outer = innermost;
        innermost = this;
    }

    /// <summary>How many tensors the scope would release now.</summary>
    public int DisposablesCount => tensors.Count;

    internal static DisposeScope? Innermost => innermost;

    /// <summary>Hands a tensor of this scope to the scope outside it, or to the caller when there is none.</summary>
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

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable => (MoveToOuter(first), MoveToOuter(second));

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable => (MoveToOuter(first), MoveToOuter(second), MoveToOuter(third));

    public void MoveToOuter(params IDisposable[] disposables) =>
        Each(disposables, one => MoveToOuter<IDisposable>(one));

    /// <summary>Hands a tensor of this scope to another scope.</summary>
    public T MoveToOther<T>(DisposeScope scope, T disposable)
        where T : IDisposable
    {
        if (disposable is torch.Tensor tensor && tensor.Scope == this)
        {
            Remove(tensor);
            scope.Add(tensor);
        }
        return disposable;
    }

    public (T1 first, T2 second) MoveToOther<T1, T2>(DisposeScope scope, T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable => (MoveToOther(scope, first), MoveToOther(scope, second));

    public void MoveToOther(DisposeScope scope, params IDisposable[] disposables) =>
        Each(disposables, one => MoveToOther<IDisposable>(scope, one));

    /// <summary>Takes a tensor out of this scope: it lives until it is disposed.</summary>
    public T Detach<T>(T disposable)
        where T : IDisposable
    {
        if (disposable is torch.Tensor tensor && tensor.Scope == this)
        {
            Remove(tensor);
        }
        return disposable;
    }

    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable => (Detach(first), Detach(second));

    public void Detach(params IDisposable[] disposables) => Each(disposables, one => Detach<IDisposable>(one));

    /// <summary>Takes a tensor over, from whatever scope it is in.</summary>
    public void Attach(IDisposable disposable)
    {
        if (disposable is torch.Tensor tensor && tensor.Scope != this)
        {
            tensor.DetachFromDisposeScope();
            Add(tensor);
        }
    }

    public void Attach(params IDisposable[] disposables) => Each(disposables, Attach);

    /// <summary>Releases everything that the scope owns now; the scope stays open.</summary>
    public unsafe void DisposeEverything()
    {
        nint* handles = stackalloc nint[ReleasedAtOnce];
        int count = 0;
        foreach (torch.Tensor tensor in tensors)
        {
            handles[count++] = tensor.TakeHandle();
            if (count == ReleasedAtOnce)
            {
                Native.drcnn_release_many(handles, count);
                count = 0;
            }
        }
        tensors.Clear();
        if (count > 0)
        {
            Native.drcnn_release_many(handles, count);
        }
    }

    /// <summary>Releases everything that the scope still owns. Scopes end in the reverse order of their beginning.</summary>
    /// <exception cref="InvalidOperationException">A scope opened inside this one is still open, or the thread is another one.</exception>
    public void Dispose()
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
        DisposeEverything();
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

    private static void Each(IDisposable[] disposables, Action<IDisposable> action)
    {
        foreach (IDisposable disposable in disposables)
        {
            action(disposable);
        }
    }
}
