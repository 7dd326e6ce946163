using System.Runtime.CompilerServices;
using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        public static Tensor operator <(Tensor left, Tensor right) => Aten.lt_Tensor.Call(left, right);

        public static Tensor operator <(Tensor left, Scalar right) => Aten.lt_Scalar.Call(left, right);

        public static Tensor operator <(Scalar left, Tensor right) => Aten.gt_Scalar.Call(right, left);

        public static Tensor operator <=(Tensor left, Tensor right) => Aten.le_Tensor.Call(left, right);

        public static Tensor operator <=(Tensor left, Scalar right) => Aten.le_Scalar.Call(left, right);

        public static Tensor operator <=(Scalar left, Tensor right) => Aten.ge_Scalar.Call(right, left);

        public static Tensor operator >(Tensor left, Tensor right) => Aten.gt_Tensor.Call(left, right);

        public static Tensor operator >(Tensor left, Scalar right) => Aten.gt_Scalar.Call(left, right);

        public static Tensor operator >(Scalar left, Tensor right) => Aten.lt_Scalar.Call(right, left);

        public static Tensor operator >=(Tensor left, Tensor right) => Aten.ge_Tensor.Call(left, right);

        public static Tensor operator >=(Tensor left, Scalar right) => Aten.ge_Scalar.Call(left, right);

        public static Tensor operator >=(Scalar left, Tensor right) => Aten.le_Scalar.Call(right, left);

        public static Tensor operator ==(Tensor left, Tensor right) => Aten.eq_Tensor.Call(left, right);

        public static Tensor operator ==(Tensor left, Scalar right) => Aten.eq_Scalar.Call(left, right);

        public static Tensor operator ==(Scalar left, Tensor right) => Aten.eq_Scalar.Call(right, left);

        public static Tensor operator !=(Tensor left, Tensor right) => Aten.ne_Tensor.Call(left, right);

        public static Tensor operator !=(Tensor left, Scalar right) => Aten.ne_Scalar.Call(left, right);

        public static Tensor operator !=(Scalar left, Tensor right) => Aten.ne_Scalar.Call(right, left);

        /// <summary>The same object; <c>==</c> compares element by element.</summary>
        public override bool Equals(object? obj) => ReferenceEquals(this, obj);

        public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);
    }
}
