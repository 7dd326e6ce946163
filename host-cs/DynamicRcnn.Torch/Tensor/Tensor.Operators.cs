using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor ge(Tensor target) => Aten.ge_Tensor.Call(this, target);

        public Tensor ge(Scalar target) => Aten.ge_Scalar.Call(this, target);

        public Tensor gt(Tensor target) => Aten.gt_Tensor.Call(this, target);

        public Tensor gt(Scalar target) => Aten.gt_Scalar.Call(this, target);

        public Tensor le(Tensor target) => Aten.le_Tensor.Call(this, target);

        public Tensor le(Scalar target) => Aten.le_Scalar.Call(this, target);

        public Tensor lt(Tensor target) => Aten.lt_Tensor.Call(this, target);

        public Tensor lt(Scalar target) => Aten.lt_Scalar.Call(this, target);

        public Tensor eq(Tensor target) => Aten.eq_Tensor.Call(this, target);

        public Tensor eq(Scalar target) => Aten.eq_Scalar.Call(this, target);

        public Tensor ne(Tensor target) => Aten.ne_Tensor.Call(this, target);

        public Tensor ne(Scalar target) => Aten.ne_Scalar.Call(this, target);

        public static Tensor operator +(Tensor left, Tensor right) => Aten.add_Tensor.Call(left, right);

        public static Tensor operator +(Tensor left, Scalar right) => Aten.add_Scalar.Call(left, right);

        public static Tensor operator -(Tensor left, Tensor right) => Aten.sub_Tensor.Call(left, right);

        public static Tensor operator -(Tensor left, Scalar right) => Aten.sub_Scalar.Call(left, right);

        public static Tensor operator *(Tensor left, Tensor right) => Aten.mul_Tensor.Call(left, right);

        public static Tensor operator *(Tensor left, Scalar right) => Aten.mul_Scalar.Call(left, right);

        public static Tensor operator /(Tensor left, Tensor right) => Aten.div_Tensor.Call(left, right);

        public static Tensor operator /(Tensor left, Scalar right) => Aten.div_Scalar.Call(left, right);

        public static Tensor operator %(Tensor left, Tensor right) => Aten.remainder_Tensor.Call(left, right);

        public static Tensor operator %(Tensor left, Scalar right) => Aten.remainder_Scalar.Call(left, right);

        public static Tensor operator <(Tensor left, Tensor right) => Aten.lt_Tensor.Call(left, right);

        public static Tensor operator <(Tensor left, Scalar right) => Aten.lt_Scalar.Call(left, right);

        public static Tensor operator >(Tensor left, Tensor right) => Aten.gt_Tensor.Call(left, right);

        public static Tensor operator >(Tensor left, Scalar right) => Aten.gt_Scalar.Call(left, right);

        public static Tensor operator <=(Tensor left, Tensor right) => Aten.le_Tensor.Call(left, right);

        public static Tensor operator <=(Tensor left, Scalar right) => Aten.le_Scalar.Call(left, right);

        public static Tensor operator >=(Tensor left, Tensor right) => Aten.ge_Tensor.Call(left, right);

        public static Tensor operator >=(Tensor left, Scalar right) => Aten.ge_Scalar.Call(left, right);

        public static Tensor operator -(Scalar left, Tensor right) => Aten.rsub_Scalar.Call(right, left);

        public static Tensor operator *(Scalar left, Tensor right) => Aten.mul_Scalar.Call(right, left);

        public static Tensor operator -(Tensor tensor) => Aten.neg.Call(tensor);

        public static Tensor operator &(Tensor left, Tensor right) => Aten.bitwise_and_Tensor.Call(left, right);

        public static Tensor operator |(Tensor left, Tensor right) => Aten.bitwise_or_Tensor.Call(left, right);

        public static Tensor operator ~(Tensor tensor) => Aten.bitwise_not.Call(tensor);

        public Tensor this[long index] => select(0, index);
    }
}
