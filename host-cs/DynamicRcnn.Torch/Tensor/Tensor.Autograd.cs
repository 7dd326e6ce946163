using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        public bool requires_grad
        {
            get
            {
                int on = Native.drcnn_requires_grad(Handle);
                GC.KeepAlive(this);
                return on != 0;
            }
            set
            {
                Native.Check(Native.drcnn_set_requires_grad(Handle, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        /// <summary>The accumulated gradient, a new object at every reading; null = none.</summary>
        public Tensor? grad
        {
            get
            {
                Native.Check(Native.drcnn_grad(Handle, out nint gradient));
                GC.KeepAlive(this);
                return gradient == 0 ? null : new Tensor(gradient);
            }
            set
            {
                Native.Check(Native.drcnn_set_grad(Handle, value?.Handle ?? 0));
                GC.KeepAlive(this);
                GC.KeepAlive(value);
            }
        }

        public void backward()
        {
            Native.Check(Native.drcnn_backward(Handle, 0, 0, 0, null, 0));
            GC.KeepAlive(this);
        }

        /// <summary>Accumulates the gradients of this tensor's graph.</summary>
        /// <param name="grad_tensors">The gradient of this tensor, one entry; none for a tensor of one element.</param>
        /// <param name="retain_graph">Keep the graph for another backward pass.</param>
        /// <param name="create_graph">Record the backward pass itself.</param>
        /// <param name="inputs">The leaves that get gradients; none = all of them.</param>
        public void backward(
            IList<Tensor>? grad_tensors = null,
            bool retain_graph = false,
            bool create_graph = false,
            IList<Tensor>? inputs = null
        )
        {
            if (grad_tensors?.Count > 1)
            {
                throw new ArgumentException($"backward: one gradient is expected, got {grad_tensors.Count}.");
            }
            Tensor? gradient = grad_tensors?.FirstOrDefault();
            nint[] leaves = inputs?.Select(leaf => leaf.Handle).ToArray() ?? [];
            fixed (nint* first = leaves)
            {
                Native.Check(
                    Native.drcnn_backward(
                        Handle,
                        gradient?.Handle ?? 0,
                        retain_graph ? 1 : 0,
                        create_graph ? 1 : 0,
                        first,
                        leaves.Length
                    )
                );
            }
            GC.KeepAlive(this);
            GC.KeepAlive(gradient);
            GC.KeepAlive(inputs);
        }

        public Tensor detach() => Aten.detach.Call(this);

        public Tensor detach_()
        {
            Aten.detach_.Run(this);
            return this;
        }
    }
}
