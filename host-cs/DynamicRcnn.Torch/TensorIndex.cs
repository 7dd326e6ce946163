using System.Diagnostics.CodeAnalysis;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    /// <summary>One place between the brackets of <c>tensor[...]</c>.</summary>
    [SuppressMessage("Performance", "CA1815", Justification = "An index is read once, by the brackets.")]
    public readonly struct TensorIndex
    {
        private TensorIndex(IndexKind kind, long? start = null, long? stop = null, long? step = null)
        {
            Kind = kind;
            Start = start;
            Stop = stop;
            Step = step;
        }

        private TensorIndex(Tensor values)
        {
            Kind = IndexKind.Tensor;
            Values = values;
        }

        internal enum IndexKind
        {
            Null,
            Ellipsis,
            Single,
            Slice,
            Tensor,
        }

        /// <summary>All dimensions that no other place speaks of.</summary>
        public static TensorIndex Ellipsis => new(IndexKind.Ellipsis);

        /// <summary>A new dimension of one element.</summary>
        public static TensorIndex Null => new(IndexKind.Null);

        /// <summary>The whole dimension.</summary>
        public static TensorIndex Colon => Slice();

        internal IndexKind Kind { get; }

        internal long? Start { get; }

        internal long? Stop { get; }

        internal long? Step { get; }

        internal Tensor? Values { get; }

        /// <summary>From start up to, not including, stop; negative ends count from the end.</summary>
        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new(IndexKind.Slice, start, stop, step);

        public static TensorIndex Slice(Range range) =>
            Slice(
                range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value,
                range.End.Equals(System.Index.End) ? null
                    : range.End.IsFromEnd ? -range.End.Value
                    : range.End.Value
            );

        /// <summary>One element; its dimension goes.</summary>
        public static TensorIndex Single(long? index) => new(IndexKind.Single, index);

        /// <summary>Elements by position (int64) or by truth value (bool).</summary>
        public static TensorIndex Tensor(Tensor tensor) => new(tensor);

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex(Tensor value) => Tensor(value);

        public static implicit operator TensorIndex(Range range) => Slice(range);
    }
}
