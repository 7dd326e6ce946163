using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Torch.Tests.Surface;

/// <summary>Tests that count the native references of the whole process.</summary>
[CollectionDefinition(nameof(LiveTensors), DisableParallelization = true)]
public static class LiveTensors;

/// <summary>Every test ends with as many native references as it began with.</summary>
[Collection(nameof(LiveTensors))]
public sealed class DisposeScopeTests : IDisposable
{
    private readonly long before;

    public DisposeScopeTests()
    {
        before = TensorCount.Settled();
    }

    private long Live => ops.live_tensors - before;

    public void Dispose() => Assert.Equal(0, Live);

    [Fact]
    public void An_inner_scope_releases_its_own_tensors_and_no_others()
    {
        using DisposeScope outer = NewDisposeScope();
        Tensor kept = ones(2);
        Tensor released;
        using (DisposeScope inner = NewDisposeScope())
        {
            released = kept.exp();
            Assert.Equal(1, inner.DisposablesCount);
            Assert.Equal(2, Live);
        }
        Assert.True(released.IsInvalid);
        Assert.Equal(1, Live);
        Assert.Equal(1, outer.DisposablesCount);
        Assert.Equal(2f, Read(kept));
    }

    [Fact]
    public void A_tensor_made_after_an_inner_scope_belongs_to_the_outer_one()
    {
        using DisposeScope outer = NewDisposeScope();
        NewDisposeScope().Dispose();
        _ = ones(2);
        Assert.Equal(1, outer.DisposablesCount);
    }

    [Fact]
    public void A_detached_tensor_lives_until_it_is_disposed()
    {
        Tensor detached;
        using (NewDisposeScope())
        {
            detached = ones(3).DetachFromDisposeScope();
            Assert.Same(detached, detached.DetachFromDisposeScope());
        }
        Assert.Equal(1, Live);
        Assert.Equal(3f, Read(detached));
        detached.Dispose();
        Assert.Equal(0, Live);
    }

    [Fact]
    public void MoveToOuter_hands_a_tensor_over_by_one_scope()
    {
        using DisposeScope outermost = NewDisposeScope();
        Tensor moved;
        using (DisposeScope middle = NewDisposeScope())
        {
            using (DisposeScope inner = NewDisposeScope())
            {
                moved = inner.MoveToOuter(ones(3));
                Assert.Equal(0, inner.DisposablesCount);
                Assert.Equal(1, middle.DisposablesCount);
            }
            Assert.False(moved.IsInvalid);
            Assert.Equal(0, outermost.DisposablesCount);
        }
        Assert.True(moved.IsInvalid);
    }

    [Fact]
    public void MoveToOuter_of_several_keeps_each_and_its_order()
    {
        using DisposeScope outer = NewDisposeScope();
        Tensor first;
        Tensor second;
        Tensor third;
        using (DisposeScope inner = NewDisposeScope())
        {
            (first, second) = inner.MoveToOuter(full(1, 1f), full(1, 2f));
            third = full(1, 3f).MoveToOuterDisposeScope();
            _ = full(1, 4f);
        }
        Assert.Equal(3, outer.DisposablesCount);
        Assert.Equal([1f, 2f, 3f], new[] { first, second, third }.Select(Read));
    }

    [Fact]
    public void MoveToOuter_without_an_outer_scope_hands_the_tensor_to_the_caller()
    {
        Tensor moved;
        using (DisposeScope scope = NewDisposeScope())
        {
            moved = scope.MoveToOuter(ones(3));
        }
        Assert.Equal(1, Live);
        moved.Dispose();
    }

    [Fact]
    public void A_scope_hands_over_nothing_that_is_not_its_own()
    {
        using DisposeScope outer = NewDisposeScope();
        Tensor outers = ones(2);
        using (DisposeScope inner = NewDisposeScope())
        {
            Assert.Same(outers, inner.MoveToOuter(outers));
            Assert.Same(outers, inner.Detach(outers));
        }
        Assert.Equal(1, outer.DisposablesCount);
    }

    [Fact]
    public void Tensors_move_to_a_named_scope_and_into_the_one_that_attaches_them()
    {
        using DisposeScope outer = NewDisposeScope();
        Tensor moved;
        Tensor attached;
        using (DisposeScope inner = NewDisposeScope())
        {
            moved = inner.MoveToOther(outer, ones(2));
            attached = ones(2);
            outer.Attach(attached);
            outer.Attach(attached);
            Assert.Equal(0, inner.DisposablesCount);
        }
        Assert.Equal(2, outer.DisposablesCount);
        Assert.False(moved.IsInvalid || attached.IsInvalid);
    }

    [Fact]
    public void An_exception_releases_the_scopes_it_leaves()
    {
        Assert.Throws<TorchException>(() =>
        {
            using DisposeScope outer = NewDisposeScope();
            Tensor tensor = ones(2, 3);
            using DisposeScope inner = NewDisposeScope();
            _ = tensor.exp().view(7);
        });
        Assert.Equal(0, Live);
        using DisposeScope next = NewDisposeScope();
        _ = ones(1);
        Assert.Equal(1, next.DisposablesCount); // the abandoned scopes are no longer in the way
    }

    [Fact]
    public void Disposing_a_tensor_twice_and_then_its_scope_releases_it_once()
    {
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor tensor = ones(2);
            Tensor other = tensor.view(2);
            tensor.Dispose();
            tensor.Dispose();
            Assert.Equal(1, Live);
            Assert.Equal(1, scope.DisposablesCount);
            Assert.Equal(2f, Read(other)); // the storage they share is still there
            Assert.Throws<ObjectDisposedException>(() => tensor.exp());
        }
        Assert.Equal(0, Live);
    }

    [Fact]
    public void Disposing_a_scope_twice_leaves_the_outer_one_open()
    {
        using DisposeScope outer = NewDisposeScope();
        DisposeScope inner = NewDisposeScope();
        inner.Dispose();
        inner.Dispose();
        _ = ones(2);
        Assert.Equal(1, outer.DisposablesCount);
    }

    [Fact]
    public void A_scope_cannot_end_before_one_inside_it()
    {
        DisposeScope outer = NewDisposeScope();
        DisposeScope inner = NewDisposeScope();
        Assert.Throws<InvalidOperationException>(outer.Dispose);
        inner.Dispose();
        outer.Dispose();
    }

    [Fact]
    public void DisposeEverything_releases_any_number_and_leaves_the_scope_open()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] tensors = [.. Enumerable.Range(0, 600).Select(_ => ones(1))];
        scope.DisposeEverything();
        Assert.Equal(0, Live);
        Assert.All(tensors, tensor => Assert.True(tensor.IsInvalid));
        _ = ones(1);
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void Another_threads_tensors_are_not_the_scopes()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? made = null;
        Thread thread = new(() => made = ones(2));
        thread.Start();
        thread.Join();
        Assert.Equal(0, scope.DisposablesCount);
        made!.Dispose();
    }

    [Fact]
    public void A_gradient_step_in_a_scope_leaves_the_parameter_and_its_gradient_alone()
    {
        using (Tensor weight = ones(3, requires_grad: true))
        {
            for (int step = 0; step < 20; step++)
            {
                using DisposeScope scope = NewDisposeScope();
                weight.grad = null;
                (weight * weight).sum().backward();
                Assert.Equal(2f, weight.grad!.max().item<float>());
            }
            Assert.Equal(1, Live);
        }
    }

    private static float Read(Tensor tensor)
    {
        using DisposeScope scope = NewDisposeScope();
        return tensor.sum().item<float>();
    }
}
