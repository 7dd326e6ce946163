namespace DynamicRcnn.Model.Tests.Operators;

public sealed class RoiAlignTests
{
    private const float NaN = float.NaN;
    private const float Infinity = float.PositiveInfinity;

    [Theory]
    [InlineData(0, true)]
    [InlineData(2, true)]
    [InlineData(0, false)]
    [InlineData(3, false)]
    public void On_a_plane_each_bin_is_the_value_at_its_centre(long samplingRatio, bool aligned)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = arange(0, 20, ScalarType.Float64).reshape(1, 1, 20, 1);
        Tensor columns = arange(0, 30, ScalarType.Float64).reshape(1, 1, 1, 30);
        Tensor plane = (rows * 10.0) + columns;
        double[] pooled = ops.to_array<double>(
            ops.roi_align(plane, Given.Rois(0, 8, 12, 40, 30), 0.5, 3, 4, samplingRatio, aligned)
        );
        double shift = aligned ? 0.5 : 0;
        for (int bin = 0; bin < 12; bin++)
        {
            double x = 4 - shift + (16.0 / 4 * ((bin % 4) + 0.5));
            double y = 6 - shift + (9.0 / 3 * ((bin / 4) + 0.5));
            Assert.Equal((10 * y) + x, pooled[bin], 1e-9);
        }
    }

    [Fact]
    public void A_legacy_RoI_is_at_least_one_cell_wide_and_an_aligned_one_may_be_a_point()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor map = arange(0, 10, ScalarType.Float32).reshape(1, 1, 1, 10).expand(1, 1, 8, 10);
        Tensor point = Given.Rois(0, 3, 3, 3, 3);
        Assert.Equal(3.5f, ops.roi_align(map, point, 1, 1, 1, 2, aligned: false).item<float>(), 1e-6f);
        Assert.Equal(2.5f, ops.roi_align(map, point, 1, 1, 1, 2, aligned: true).item<float>(), 1e-6f);
        Assert.Equal(0f, ops.roi_align(map, point, 1, 1, 1, 0, aligned: true).item<float>());
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(0, true)]
    [InlineData(3, false)]
    [InlineData(0, false)]
    public void The_gradient_equals_finite_differences_in_float64(long samplingRatio, bool aligned)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor input = Given.Uniform(1, -1, 1, 2, 3, 7, 9);
        input.requires_grad = true;
        Tensor rois = Given.MixedRois(2, 6, 12);
        Tensor weights = Given.Uniform(3, -1, 1, 6, 3, 3, 2);
        Tensor Loss(Tensor map) => (ops.roi_align(map, rois, 0.7, 3, 2, samplingRatio, aligned) * weights).sum();
        Loss(input).backward();
        double[] gradient = ops.to_array<double>(input.grad!);
        double[] values = ops.to_array<double>(input);

        using IDisposable unrecorded = no_grad();
        const double step = 1e-4; // the operator is linear in the map, so only rounding remains
        for (int i = 0; i < values.Length; i++)
        {
            using DisposeScope inner = NewDisposeScope();
            double Shifted(double by)
            {
                double[] copy = (double[])values.Clone();
                copy[i] += by;
                return Loss(ops.from_span<double>(copy, [2, 3, 7, 9])).item<double>();
            }
            Assert.Equal((Shifted(step) - Shifted(-step)) / (2 * step), gradient[i], 1e-8);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0)]
    public void One_and_two_threads_give_the_same_bits(long samplingRatio)
    {
        using DisposeScope scope = NewDisposeScope();
        ThreadCounts.GiveTheSameBits(
            most: 2,
            () =>
            {
                Tensor input = Given.Uniform(5, -1, 1, 2, 83, 31, 37).to(ScalarType.Float32);
                input.requires_grad = true;
                Tensor pooled = ops.roi_align(input, Given.MixedRois(6, 60, 31), 1, 7, 7, samplingRatio);
                (pooled * pooled).sum().backward();
                return [ops.to_bytes(pooled), ops.to_bytes(input.grad!)];
            }
        );
    }

    [Fact]
    public void A_channels_last_map_gives_the_same_bits()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor input = Given.Uniform(7, -1, 1, 2, 70, 12, 11).to(ScalarType.Float32);
        Tensor last = input.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        Tensor rois = Given.MixedRois(8, 20, 12);
        Assert.Equal(
            ops.to_bytes(ops.roi_align(input, rois, 1, 7, 7)),
            ops.to_bytes(ops.roi_align(last, rois, 1, 7, 7))
        );
    }

    [Fact]
    public void Images_do_not_see_each_other()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor input = Given.Uniform(9, -1, 1, 2, 4, 9, 9);
        Tensor both = ops.roi_align(input, Given.Rois(1, 1, 1, 8, 8, 0, 1, 1, 8, 8), 1, 2, 2);
        Tensor second = ops.roi_align(input.narrow(0, 1, 1), Given.Rois(0, 1, 1, 8, 8), 1, 2, 2);
        Assert.Equal(ops.to_bytes(second), ops.to_bytes(both.narrow(0, 0, 1)));
    }

    [Fact]
    public void Padding_rows_are_zero_and_have_no_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor input = ones([1, 2, 6, 6]);
        input.requires_grad = true;
        Tensor pooled = ops.roi_align(input, Given.Rois(-1, 0, 0, 5, 5, -7, NaN, 0, 5, 5), 1, 2, 2);
        Assert.All(ops.to_array<float>(pooled), value => Assert.Equal(0, value));
        pooled.sum().backward();
        Assert.All(ops.to_array<float>(input.grad!), value => Assert.Equal(0, value));
    }

    [Fact]
    public void No_RoIs_and_no_channels_give_empty_results_and_a_zero_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor input = ones([2, 3, 4, 4]);
        input.requires_grad = true;
        Tensor pooled = ops.roi_align(input, zeros(0, 5), 1, 7, 7);
        Assert.Equal([0L, 3, 7, 7], pooled.shape);
        pooled.sum().backward();
        Assert.All(ops.to_array<float>(input.grad!), value => Assert.Equal(0, value));
        Assert.Equal([1L, 0, 7, 7], ops.roi_align(zeros([2, 0, 4, 4]), Given.Rois(0, 0, 0, 3, 3), 1, 7, 7).shape);
        Assert.Equal([1L, 3, 7, 7], ops.roi_align(zeros([0, 3, 4, 4]), Given.Rois(-1, 0, 0, 3, 3), 1, 7, 7).shape);
    }

    public static TheoryData<float, float, float, float> HostileBoxes =>
        new()
        {
            { -Infinity, -Infinity, Infinity, Infinity },
            { NaN, 0, 5, 5 },
            { 0, 0, Infinity, 5 },
            { 0, 0, 1e30f, 1e30f },
            { -1e38f, -1e38f, 1e38f, 1e38f },
            { 1e9f, 1e9f, 2e9f, 2e9f },
            { 5, 5, 1, 1 },
            { 0, 0, 1e9f, 3 },
        };

    // With a cap on the samples each case takes milliseconds; without one 1e30 cells would be sampled.
    [Theory]
    [MemberData(nameof(HostileBoxes))]
    public void Hostile_boxes_end_soon_with_finite_values(float x1, float y1, float x2, float y2)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (bool aligned in new[] { true, false })
        {
            foreach (long samplingRatio in new[] { 0, 2 })
            {
                Tensor input = ones([1, 2, 20, 20]);
                input.requires_grad = true;
                Tensor pooled = ops.roi_align(input, Given.Rois(0, x1, y1, x2, y2), 1, 7, 7, samplingRatio, aligned);
                pooled.sum().backward();
                Assert.All(ops.to_array<float>(pooled), value => Assert.InRange(value, 0, 1.00001f));
                Assert.All(ops.to_array<float>(input.grad!), value => Assert.True(float.IsFinite(value)));
            }
        }
    }

    [Fact]
    public void Bfloat16_is_computed_in_float32_and_rounded_once()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor half = Given.Uniform(11, -1, 1, 2, 20, 15, 15).to(ScalarType.BFloat16);
        half.requires_grad = true;
        Tensor full = half.detach().to(ScalarType.Float32);
        full.requires_grad = true;
        Tensor rois = Given.MixedRois(12, 9, 15);
        Tensor fromHalf = ops.roi_align(half, rois, 1, 7, 7);
        Tensor fromFull = ops.roi_align(full, rois, 1, 7, 7);
        Assert.Equal(ScalarType.BFloat16, fromHalf.dtype);
        Assert.Equal(ops.to_bytes(fromFull.to(ScalarType.BFloat16)), ops.to_bytes(fromHalf));
        fromHalf.sum().backward();
        fromFull.sum().backward();
        Assert.Equal(ops.to_bytes(full.grad!.to(ScalarType.BFloat16)), ops.to_bytes(half.grad!));
    }

    [Fact]
    public void Refusals_name_the_argument_and_what_it_was()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor map = ones([2, 3, 8, 8]);
        Tensor roi = Given.Rois(0, 0, 0, 5, 5);
        void Refused(string text, Func<Tensor> call) =>
            Assert.Contains(text, Assert.Throws<ArgumentException>(call).Message, StringComparison.Ordinal);
        Refused("rois must be [R, 5], got [12, 4]", () => ops.roi_align(map, zeros(12, 4), 1, 7, 7));
        Refused("input must be [N, C, H, W], got [3, 8, 8]", () => ops.roi_align(ones([3, 8, 8]), roi, 1, 7, 7));
        Refused("image index below 2, got 2", () => ops.roi_align(map, Given.Rois(2, 0, 0, 5, 5), 1, 7, 7));
        Refused("must be an image index below 2", () => ops.roi_align(map, Given.Rois(NaN, 0, 0, 5, 5), 1, 7, 7));
        Refused("positive and at most 1024, got 0 and 7", () => ops.roi_align(map, roi, 1, 0, 7));
        Refused("sampling_ratio must be at most 1024, got 5000", () => ops.roi_align(map, roi, 1, 7, 7, 5000));
        Refused("spatial_scale must be positive and finite, got 0", () => ops.roi_align(map, roi, 0, 7, 7));
        Refused("spatial_scale must be positive and finite", () => ops.roi_align(map, roi, NaN, 7, 7));
        Refused("at least one pixel", () => ops.roi_align(ones([1, 3, 0, 8]), roi, 1, 7, 7));
        Refused("rois must be float32", () => ops.roi_align(map, roi.to(ScalarType.Int64), 1, 7, 7));
        Refused("input must be float32", () => ops.roi_align(map.to(ScalarType.Int64), roi, 1, 7, 7));
    }
}
