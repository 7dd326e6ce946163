using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor add(Tensor target) => Aten.add_Tensor.Call(this, target);

        public Tensor add(Scalar scalar) => Aten.add_Scalar.Call(this, scalar);

        public Tensor sub(Tensor target) => Aten.sub_Tensor.Call(this, target);

        public Tensor sub(Scalar target) => Aten.sub_Scalar.Call(this, target);

        public Tensor mul(Tensor target) => Aten.mul_Tensor.Call(this, target);

        public Tensor mul(Scalar target) => Aten.mul_Scalar.Call(this, target);

        public Tensor div(Tensor target) => Aten.div_Tensor.Call(this, target);

        public Tensor div(Scalar target) => Aten.div_Scalar.Call(this, target);

        public Tensor add(Tensor target, Scalar alpha) => Aten.add_Tensor.Call(this, target, alpha);

        public Tensor add_(Tensor target)
        {
            Aten.add__Tensor.Run(this, target);
            return this;
        }

        public Tensor add_(Scalar scalar)
        {
            Aten.add__Scalar.Run(this, scalar);
            return this;
        }

        public Tensor sub_(Tensor target)
        {
            Aten.sub__Tensor.Run(this, target);
            return this;
        }

        public Tensor sub_(Scalar target)
        {
            Aten.sub__Scalar.Run(this, target);
            return this;
        }

        public Tensor mul_(Tensor target)
        {
            Aten.mul__Tensor.Run(this, target);
            return this;
        }

        public Tensor mul_(Scalar target)
        {
            Aten.mul__Scalar.Run(this, target);
            return this;
        }

        public Tensor div_(Tensor target)
        {
            Aten.div__Tensor.Run(this, target);
            return this;
        }

        public Tensor div_(Scalar target)
        {
            Aten.div__Scalar.Run(this, target);
            return this;
        }

        public Tensor add_(Tensor target, Scalar alpha)
        {
            Aten.add__Tensor.Run(this, target, alpha);
            return this;
        }

        public Tensor pow(Scalar exponent) => Aten.pow_Tensor_Scalar.Call(this, exponent);

        public Tensor matmul(Tensor target) => Aten.matmul.Call(this, target);

        public Tensor neg() => Aten.neg.Call(this);

        public Tensor exp() => Aten.exp.Call(this);

        public Tensor log() => Aten.log.Call(this);

        public Tensor sqrt() => Aten.sqrt.Call(this);

        public Tensor abs() => Aten.abs.Call(this);

        public Tensor sigmoid() => Aten.sigmoid.Call(this);

        public Tensor relu() => Aten.relu.Call(this);

        public Tensor floor() => Aten.floor.Call(this);

        public Tensor log2() => Aten.log2.Call(this);

        public Tensor isfinite() => Aten.isfinite.Call(this);

        public Tensor logical_not() => Aten.logical_not.Call(this);

        public Tensor any() => Aten.any.Call(this);

        public Tensor all() => Aten.all.Call(this);

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

        public Tensor clamp_min(Scalar min) => Aten.clamp_min.Call(this, min);

        public Tensor any(long dim, bool keepdim = false) => Aten.any_dim.Call(this, dim, keepdim);

        public Tensor all(long dim, bool keepdim = false) => Aten.all_dim.Call(this, dim, keepdim);

        public Tensor sum(ScalarType? type = null) => Aten.sum.Call(this, type);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) =>
            Aten.sum_dim_IntList.Call(this, dim, keepdim, type);

        public Tensor mean() => Aten.mean.Call(this);

        public Tensor max() => Aten.max.Call(this);

        public Tensor min() => Aten.min.Call(this);

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) =>
            Aten.max_dim.CallPair(this, dim, keepdim);

        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) =>
            Aten.min_dim.CallPair(this, dim, keepdim);

        public Tensor amax(params long[] dims) => Aten.amax.Call(this, dims);

        public Tensor argmax(long dim, bool keepdim = false) => Aten.argmax.Call(this, dim, keepdim);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            Aten.topk.CallPair(this, k, dim, largest, sorted);

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            Aten.sort_stable.CallPair(this, stable, dim, descending);

        public (Tensor Values, Tensor Indices) kthvalue(long k, long? dim, bool keepdim = false) =>
            Aten.kthvalue.CallPair(this, k, dim ?? -1, keepdim);

        public Tensor cumsum(long dim, ScalarType? type = null) => Aten.cumsum.Call(this, dim, type);

        public Tensor logical_and(Tensor other) => Aten.logical_and.Call(this, other);
    }
}
