using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor neg() => Aten.neg.Call(this);

        public Tensor exp() => Aten.exp.Call(this);

        public Tensor log() => Aten.log.Call(this);

        public Tensor log2() => Aten.log2.Call(this);

        public Tensor sqrt() => Aten.sqrt.Call(this);

        public Tensor abs() => Aten.abs.Call(this);

        public Tensor sigmoid() => Aten.sigmoid.Call(this);

        public Tensor relu() => Aten.relu.Call(this);

        public Tensor floor() => Aten.floor.Call(this);

        public Tensor reciprocal() => Aten.reciprocal.Call(this);

        public Tensor isfinite() => Aten.isfinite.Call(this);

        public Tensor logical_not() => Aten.logical_not.Call(this);

        public Tensor relu_()
        {
            Aten.relu_.Run(this);
            return this;
        }

        public Tensor softmax(long dim, ScalarType? dtype = null) => Aten.softmax_int.Call(this, dim, dtype);

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Aten.log_softmax_int.Call(this, dim, dtype);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Aten.clamp.Call(this, min, max);

        public Tensor clamp(Tensor? min = null, Tensor? max = null) => Aten.clamp_Tensor.Call(this, min, max);

        public Tensor clamp_(Scalar? min = null, Scalar? max = null)
        {
            Aten.clamp_.Run(this, min, max);
            return this;
        }

        public Tensor clamp_(Tensor? min = null, Tensor? max = null)
        {
            Aten.clamp__Tensor.Run(this, min, max);
            return this;
        }

        public Tensor clamp_min(Scalar min) => Aten.clamp_min.Call(this, min);

        public Tensor maximum(Tensor other) => Aten.maximum.Call(this, other);

        public Tensor minimum(Tensor other) => Aten.minimum.Call(this, other);

        public Tensor logical_and(Tensor other) => Aten.logical_and.Call(this, other);

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
    }
}
