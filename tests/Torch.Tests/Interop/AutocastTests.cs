using Xunit;

namespace DynamicRcnn.Torch.Tests.Interop;

/// <summary>What our operators do under autocast, which the detector does not use.</summary>
public sealed class AutocastTests
{
    [Fact]
    public void A_convolution_is_computed_in_bfloat16()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable unrecorded = no_grad();
        Tensor input = ones([1, 16, 20, 20]);
        Tensor weight = ones([16, 16, 3, 3]);
        using IDisposable autocast = ops.autocast(ScalarType.BFloat16);
        Assert.Equal(ScalarType.BFloat16, ops.convolution(input, weight).dtype);
    }

    [Fact]
    public void A_deformable_convolution_runs_in_float32_and_hands_back_bfloat16_gradients()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor input = ones([1, 2, 6, 6], ScalarType.BFloat16);
        Tensor weight = ones([3, 2, 3, 3]);
        input.requires_grad = weight.requires_grad = true;
        using (ops.autocast(ScalarType.BFloat16))
        {
            Tensor offset = zeros([1, 18, 6, 6], ScalarType.BFloat16);
            Tensor output = ops.deform_conv2d(input, weight, offset, null, null, (1, 1), (1, 1), (1, 1));
            Assert.Equal(ScalarType.Float32, output.dtype);
            output.sum().backward();
        }
        Assert.Equal((ScalarType.BFloat16, ScalarType.Float32), (input.grad!.dtype, weight.grad!.dtype));
    }

    [Fact]
    public void RoIAlign_runs_in_float32_and_hands_back_a_bfloat16_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor input = ones([1, 2, 6, 6], ScalarType.BFloat16);
        input.requires_grad = true;
        using (ops.autocast(ScalarType.BFloat16))
        {
            Tensor pooled = ops.roi_align(input, ops.from_span<float>([0, 1, 1, 5, 5], [1, 5]), 1, 2, 2);
            Assert.Equal(ScalarType.Float32, pooled.dtype);
            pooled.sum().backward();
        }
        Assert.Equal(ScalarType.BFloat16, input.grad!.dtype);
    }

    [Fact]
    public void Suppression_does_not_coarsen_boxes()
    {
        using DisposeScope scope = NewDisposeScope();
        // 1001 and 1000 are one number in bfloat16.
        Tensor boxes = ops.from_span<float>([1000, 0, 1004, 4, 1001, 0, 1005, 4], [2, 4]);
        Tensor scores = ops.from_span<float>([0.9f, 0.8f], [2]);
        using IDisposable autocast = ops.autocast(ScalarType.BFloat16);
        Assert.Equal([0L, 1], ops.to_array<long>(ops.nms(boxes, scores, 0.7)));
    }
}
