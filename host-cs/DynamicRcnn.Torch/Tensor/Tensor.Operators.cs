using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        public static Tensor operator +(Tensor left, Tensor right) => Aten.add_Tensor.Call(left, right);

        public static Tensor operator +(Tensor left, Scalar right) => Aten.add_Scalar.Call(left, right);

        public static Tensor operator +(Tensor left, int right) => Aten.add_Scalar.Call(left, right);

        public static Tensor operator +(Tensor left, long right) => Aten.add_Scalar.Call(left, right);

        public static Tensor operator +(Tensor left, float right) => Aten.add_Scalar.Call(left, right);

        public static Tensor operator +(Tensor left, double right) => Aten.add_Scalar.Call(left, right);

        public static Tensor operator +(Scalar left, Tensor right) => Aten.add_Scalar.Call(right, left);

        public static Tensor operator +(int left, Tensor right) => Aten.add_Scalar.Call(right, left);

        public static Tensor operator +(long left, Tensor right) => Aten.add_Scalar.Call(right, left);

        public static Tensor operator +(float left, Tensor right) => Aten.add_Scalar.Call(right, left);

        public static Tensor operator +(double left, Tensor right) => Aten.add_Scalar.Call(right, left);

        public static Tensor operator -(Tensor left, Tensor right) => Aten.sub_Tensor.Call(left, right);

        public static Tensor operator -(Tensor left, Scalar right) => Aten.sub_Scalar.Call(left, right);

        public static Tensor operator -(Tensor left, int right) => Aten.sub_Scalar.Call(left, right);

        public static Tensor operator -(Tensor left, long right) => Aten.sub_Scalar.Call(left, right);

        public static Tensor operator -(Tensor left, float right) => Aten.sub_Scalar.Call(left, right);

        public static Tensor operator -(Tensor left, double right) => Aten.sub_Scalar.Call(left, right);

        public static Tensor operator -(Scalar left, Tensor right) => Aten.rsub_Scalar.Call(right, left);

        public static Tensor operator -(int left, Tensor right) => Aten.rsub_Scalar.Call(right, left);

        public static Tensor operator -(long left, Tensor right) => Aten.rsub_Scalar.Call(right, left);

        public static Tensor operator -(float left, Tensor right) => Aten.rsub_Scalar.Call(right, left);

        public static Tensor operator -(double left, Tensor right) => Aten.rsub_Scalar.Call(right, left);

        public static Tensor operator *(Tensor left, Tensor right) => Aten.mul_Tensor.Call(left, right);

        public static Tensor operator *(Tensor left, Scalar right) => Aten.mul_Scalar.Call(left, right);

        public static Tensor operator *(Tensor left, int right) => Aten.mul_Scalar.Call(left, right);

        public static Tensor operator *(Tensor left, long right) => Aten.mul_Scalar.Call(left, right);

        public static Tensor operator *(Tensor left, float right) => Aten.mul_Scalar.Call(left, right);

        public static Tensor operator *(Tensor left, double right) => Aten.mul_Scalar.Call(left, right);

        public static Tensor operator *(Scalar left, Tensor right) => Aten.mul_Scalar.Call(right, left);

        public static Tensor operator *(int left, Tensor right) => Aten.mul_Scalar.Call(right, left);

        public static Tensor operator *(long left, Tensor right) => Aten.mul_Scalar.Call(right, left);

        public static Tensor operator *(float left, Tensor right) => Aten.mul_Scalar.Call(right, left);

        public static Tensor operator *(double left, Tensor right) => Aten.mul_Scalar.Call(right, left);

        public static Tensor operator /(Tensor left, Tensor right) => Aten.div_Tensor.Call(left, right);

        public static Tensor operator /(Tensor left, Scalar right) => Aten.div_Scalar.Call(left, right);

        public static Tensor operator /(Tensor left, int right) => Aten.div_Scalar.Call(left, right);

        public static Tensor operator /(Tensor left, long right) => Aten.div_Scalar.Call(left, right);

        public static Tensor operator /(Tensor left, float right) => Aten.div_Scalar.Call(left, right);

        public static Tensor operator /(Tensor left, double right) => Aten.div_Scalar.Call(left, right);

        public static Tensor operator /(Scalar left, Tensor right) => Quotient(left, right);

        public static Tensor operator /(int left, Tensor right) => Quotient(left, right);

        public static Tensor operator /(long left, Tensor right) => Quotient(left, right);

        public static Tensor operator /(float left, Tensor right) => Quotient(left, right);

        public static Tensor operator /(double left, Tensor right) => Quotient(left, right);

        public static Tensor operator %(Tensor left, Tensor right) => Aten.remainder_Tensor.Call(left, right);

        public static Tensor operator %(Tensor left, Scalar right) => Aten.remainder_Scalar.Call(left, right);

        public static Tensor operator %(Tensor left, int right) => Aten.remainder_Scalar.Call(left, right);

        public static Tensor operator %(Tensor left, long right) => Aten.remainder_Scalar.Call(left, right);

        public static Tensor operator %(Tensor left, float right) => Aten.remainder_Scalar.Call(left, right);

        public static Tensor operator %(Tensor left, double right) => Aten.remainder_Scalar.Call(left, right);

        public static Tensor operator -(Tensor tensor) => Aten.neg.Call(tensor);

        public static Tensor operator &(Tensor left, Tensor right) => Aten.bitwise_and_Tensor.Call(left, right);

        public static Tensor operator |(Tensor left, Tensor right) => Aten.bitwise_or_Tensor.Call(left, right);

        public static Tensor operator ^(Tensor left, Tensor right) => Aten.bitwise_xor_Tensor.Call(left, right);

        public static Tensor operator ~(Tensor left) => Aten.bitwise_not.Call(left);

        /// <summary>number / tensor, by the tensor's reciprocal as in TorchSharp.</summary>
        private static Tensor Quotient(Scalar number, Tensor tensor)
        {
            using DisposeScope scope = NewDisposeScope();
            return scope.MoveToOuter(Aten.mul_Scalar.Call(tensor.reciprocal(), number));
        }
    }
}
