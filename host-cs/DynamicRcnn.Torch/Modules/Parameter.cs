using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch.Modules;

/// <summary>A tensor that is trained. It takes over the reference of <c>data</c>, which is disposed, and belongs to no scope.</summary>
public sealed class Parameter : Tensor
{
    public Parameter(Tensor data, bool requires_grad = true)
        : base(Take(data))
    {
        DetachFromDisposeScope();
        this.requires_grad = requires_grad;
    }

    private static nint Take(Tensor data)
    {
        // A result of recorded operators is no leaf: the parameter starts where its history ends.
        using Tensor leaf = data.requires_grad ? data.detach() : data;
        data.DetachFromDisposeScope();
        leaf.DetachFromDisposeScope();
        nint handle = leaf.TakeHandle();
        data.Dispose();
        return handle;
    }
}
