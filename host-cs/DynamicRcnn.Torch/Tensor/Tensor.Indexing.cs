using System.Diagnostics.CodeAnalysis;
using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    [SuppressMessage("Design", "CA1043", Justification = "Brackets take slices and tensors, as TorchSharp's do.")]
    public partial class Tensor
    {
        /// <summary>The element or sub-tensor at a place of the first dimension; assignment copies into it.</summary>
        public Tensor this[long index]
        {
            get => select(0, index);
            set => Assign(value, index);
        }

        public Tensor this[long i1, long i2]
        {
            get => index(i1, i2);
            set => Assign(value, i1, i2);
        }

        public Tensor this[long i1, long i2, long i3]
        {
            get => index(i1, i2, i3);
            set => Assign(value, i1, i2, i3);
        }

        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => index(i1, i2, i3, i4);
            set => Assign(value, i1, i2, i3, i4);
        }

        /// <summary>Slices, elements, new dimensions, and tensors of positions or truth values.</summary>
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => Assign(value, indices);
        }

        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => Aten.index_put_.Run(this, indices, value);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor view = View(indices, out Tensor?[] chosen);
            return scope.MoveToOuter(chosen.Length == 0 ? Alias(view) : Aten.index_Tensor.Call(view, chosen));
        }

        public Tensor index(params Tensor[] indices) => Aten.index_Tensor.Call(this, indices);

        private void Assign(Tensor value, params TensorIndex[] indices)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor view = View(indices, out Tensor?[] chosen);
            if (chosen.Length == 0)
            {
                view.copy_(value);
            }
            else
            {
                Aten.index_put_.Run(view, chosen, value);
            }
        }

        /// <summary>An object of its own where no place changed anything, so that the caller may dispose the result.</summary>
        private Tensor Alias(Tensor view) => ReferenceEquals(view, this) ? Aten.alias.Call(this) : view;

        /// <summary>Everything but tensors of positions, which are left in <paramref name="chosen"/>, one entry a dimension of the view.</summary>
        private Tensor View(TensorIndex[] indices, out Tensor?[] chosen)
        {
            Tensor view = this;
            List<Tensor?> places = [];
            bool any = false;
            for (int i = 0; i < indices.Length; i++)
            {
                int dim = places.Count;
                switch (indices[i].Kind)
                {
                    case TensorIndex.IndexKind.Single:
                        view = view.select(dim, indices[i].Start ?? 0);
                        break;
                    case TensorIndex.IndexKind.Slice:
                        view = Aten.slice_Tensor.Call(
                            view,
                            dim,
                            indices[i].Start,
                            indices[i].Stop,
                            indices[i].Step ?? 1
                        );
                        places.Add(null);
                        break;
                    case TensorIndex.IndexKind.Null:
                        view = view.unsqueeze(dim);
                        places.Add(null);
                        break;
                    case TensorIndex.IndexKind.Tensor:
                        Tensor values = indices[i].Values!;
                        any = true;
                        places.Add(values);
                        // A mask speaks of as many dimensions as it has.
                        places.AddRange(Enumerable.Repeat<Tensor?>(null, MaskedDimensions(values) - 1));
                        break;
                    default:
                        int rest = indices.Skip(i + 1).Sum(Dimensions);
                        places.AddRange(Enumerable.Repeat<Tensor?>(null, (int)view.ndim - dim - rest));
                        break;
                }
            }
            // aten::index itself steps over a mask's further dimensions.
            chosen = any ? WithoutMaskTails(places) : [];
            return view;
        }

        private static int Dimensions(TensorIndex index) =>
            index.Kind switch
            {
                TensorIndex.IndexKind.Null => 0,
                TensorIndex.IndexKind.Tensor => MaskedDimensions(index.Values!),
                _ => 1,
            };

        private static int MaskedDimensions(Tensor values) =>
            values.dtype is ScalarType.Bool or ScalarType.Byte ? (int)values.ndim : 1;

        private static Tensor?[] WithoutMaskTails(List<Tensor?> places)
        {
            List<Tensor?> kept = [];
            for (int i = 0; i < places.Count; i++)
            {
                kept.Add(places[i]);
                i += places[i] is { } values ? MaskedDimensions(values) - 1 : 0;
            }
            return [.. kept];
        }
    }
}
