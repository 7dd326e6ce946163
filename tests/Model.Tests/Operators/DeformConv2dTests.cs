namespace DynamicRcnn.Model.Tests.Operators;

/// <summary>Equality with torchvision's is TorchvisionParityTests.</summary>
public sealed class DeformConv2dTests
{
    private static readonly (long, long) one = (1, 1);

    /// <summary>Offsets and masks of a 3x3 whose output is as large as the input.</summary>
    private static (Tensor Offset, Tensor Mask) Fields(int seed, long batch, long groups, long height, long width) =>
        (
            Given.Uniform(seed, -3, 3, batch, 18 * groups, height, width),
            Given.Uniform(seed + 1, 0, 1, batch, 9 * groups, height, width)
        );

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    public void Without_offsets_it_is_a_convolution(long stride, long groups)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor input = Given.Uniform(1, -1, 1, 2, 6, 9, 8);
        Tensor weight = Given.Uniform(2, -1, 1, 4, 6 / groups, 3, 3);
        Tensor bias = Given.Uniform(3, -1, 1, 4);
        Tensor expected = nn.functional.conv2d(input, weight, bias, [stride, stride], [1, 1], groups: groups);
        Tensor offset = zeros([2, 18, expected.shape[2], expected.shape[3]], ScalarType.Float64);
        Tensor actual = ops.deform_conv2d(input, weight, offset, null, bias, (stride, stride), one, one, groups);
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().item<double>(), 0, 1e-12);
    }

    [Fact]
    public void Tap_k_reads_offset_channels_2k_as_y_and_2k_plus_1_as_x()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = arange(0, 8, ScalarType.Float64).reshape(1, 1, 8, 1);
        Tensor plane = (rows * 10.0) + arange(0, 9, ScalarType.Float64).reshape(1, 1, 1, 9);
        for (int tap = 0; tap < 6; tap++)
        {
            Tensor weight = zeros([1, 1, 2, 3], ScalarType.Float64);
            weight.view(-1).narrow(0, tap, 1).fill_(1);
            Tensor offset = zeros([1, 12, 7, 7], ScalarType.Float64);
            offset.narrow(1, 2 * tap, 1).fill_(0.5);
            offset.narrow(1, (2 * tap) + 1, 1).fill_(0.25);
            Tensor output = ops.deform_conv2d(plane, weight, offset, null, null, one, (0, 0), one);
            double atTwoThree = output.narrow(2, 2, 1).narrow(3, 3, 1).item<double>();
            Assert.Equal((10 * (2 + (tap / 3) + 0.5)) + 3 + (tap % 3) + 0.25, atTwoThree, 1e-12);
        }
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(2, 1, true)]
    [InlineData(1, 2, true)]
    [InlineData(2, 4, false)]
    public void Every_gradient_equals_finite_differences_in_float64(long groups, long offsetGroups, bool masked)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor offset, Tensor mask) = Fields(21, 2, offsetGroups, 4, 3);
        List<Tensor> inputs =
        [
            Given.Uniform(23, -1, 1, 2, 4, 4, 3),
            Given.Uniform(24, -1, 1, 6, 4 / groups, 3, 3),
            offset,
            Given.Uniform(25, -1, 1, 6),
        ];
        if (masked)
        {
            inputs.Add(mask);
        }
        Tensor weights = Given.Uniform(26, -1, 1, 2, 6, 4, 3);
        Tensor Loss(List<Tensor> x) =>
            (
                ops.deform_conv2d(x[0], x[1], x[2], masked ? x[4] : null, x[3], one, one, one, groups, offsetGroups)
                * weights
            ).sum();
        inputs.ForEach(input => input.requires_grad = true);
        Loss(inputs).backward();

        using IDisposable unrecorded = no_grad();
        const double step = 1e-6; // bilinear between the pixels, and no random offset lies on one
        for (int which = 0; which < inputs.Count; which++)
        {
            double[] gradient = ops.to_array<double>(inputs[which].grad!);
            double[] values = ops.to_array<double>(inputs[which]);
            for (int i = 0; i < values.Length; i++)
            {
                using DisposeScope inner = NewDisposeScope();
                double Shifted(double by)
                {
                    double[] copy = (double[])values.Clone();
                    copy[i] += by;
                    List<Tensor> moved = [.. inputs];
                    moved[which] = ops.from_span<double>(copy, inputs[which].shape);
                    return Loss(moved).item<double>();
                }
                Assert.Equal((Shifted(step) - Shifted(-step)) / (2 * step), gradient[i], 1e-7);
            }
        }
    }

    [Theory]
    [InlineData(1, 1, 31)]
    [InlineData(2, 4, 31)]
    [InlineData(1, 1, 3)]
    public void One_and_two_threads_give_the_same_bits(long groups, long offsetGroups, long side)
    {
        using DisposeScope scope = NewDisposeScope();
        ThreadCounts.GiveTheSameBits(
            most: 2,
            () =>
            {
                (Tensor offset, Tensor mask) = Fields(31, 2, offsetGroups, side, side);
                Tensor[] inputs =
                [
                    .. new[]
                    {
                        Given.Uniform(33, -1, 1, 2, 72, side, side),
                        Given.Uniform(34, -1, 1, 40, 72 / groups, 3, 3),
                        offset,
                        mask,
                        Given.Uniform(35, -1, 1, 40),
                    }.Select(tensor => tensor.to(ScalarType.Float32)),
                ];
                foreach (Tensor input in inputs)
                {
                    input.requires_grad = true;
                }
                Tensor output = ops.deform_conv2d(
                    inputs[0],
                    inputs[1],
                    inputs[2],
                    inputs[3],
                    inputs[4],
                    one,
                    one,
                    one,
                    groups,
                    offsetGroups
                );
                (output * output).sum().backward();
                return [ops.to_bytes(output), .. inputs.Select(input => ops.to_bytes(input.grad!))];
            }
        );
    }

    // 2304 columns a position and 4800 positions: more than one chunk in the backward pass.
    [Fact]
    public void An_image_larger_than_a_chunk_has_the_gradient_of_its_halves()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = Given.Uniform(41, -1, 1, 2, 256, 3, 3).to(ScalarType.Float32);
        Tensor input = Given.Uniform(42, -1, 1, 1, 256, 60, 80).to(ScalarType.Float32);
        (Tensor offset, Tensor mask) = Fields(43, 1, 1, 60, 80);
        (offset, mask) = (offset.to(ScalarType.Float32), mask.to(ScalarType.Float32));
        Tensor Gradient(long first, long count)
        {
            Tensor parameter = weight.detach().clone();
            parameter.requires_grad = true;
            Tensor output = ops.deform_conv2d(input, parameter, offset, mask, null, one, one, one);
            output.narrow(2, first, count).sum().backward();
            return parameter.grad!;
        }
        Tensor whole = Gradient(0, 60);
        Tensor halves = Gradient(0, 31) + Gradient(31, 29);
        Assert.InRange(((whole - halves).abs().max() / whole.abs().max()).item<float>(), 0, 1e-5);
    }

    [Fact]
    public void Positions_at_NaN_and_infinity_read_zero_and_have_no_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (float hostile in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e30f, -1e38f })
        {
            Tensor input = ones([1, 2, 4, 4]);
            Tensor offset = full([1, 18, 4, 4], hostile);
            Tensor weight = ones([3, 2, 3, 3]);
            input.requires_grad = offset.requires_grad = weight.requires_grad = true;
            Tensor output = ops.deform_conv2d(input, weight, offset, null, null, one, one, one);
            output.sum().backward();
            Assert.All(
                new[] { output, input.grad!, offset.grad!, weight.grad! },
                tensor => Assert.All(ops.to_array<float>(tensor), value => Assert.Equal(0, value))
            );
        }
    }

    [Fact]
    public void An_empty_batch_gives_an_empty_result_and_zero_gradients_of_the_weights()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = ones([3, 2, 3, 3]);
        Tensor bias = ones([3]);
        weight.requires_grad = bias.requires_grad = true;
        Tensor output = ops.deform_conv2d(zeros([0, 2, 5, 6]), weight, zeros([0, 18, 5, 6]), null, bias, one, one, one);
        Assert.Equal([0L, 3, 5, 6], output.shape);
        output.sum().backward();
        Assert.All(ops.to_array<float>(weight.grad!), value => Assert.Equal(0, value));
        Assert.All(ops.to_array<float>(bias.grad!), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Bfloat16_is_computed_in_float32_and_rounded_once()
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor offset, Tensor mask) = Fields(51, 1, 1, 6, 7);
        Tensor[] halves =
        [
            .. new[]
            {
                Given.Uniform(53, -1, 1, 1, 4, 6, 7),
                Given.Uniform(54, -1, 1, 5, 4, 3, 3),
                offset,
                mask,
            }.Select(tensor => tensor.to(ScalarType.BFloat16)),
        ];
        Tensor[] wide = [.. halves.Select(tensor => tensor.to(ScalarType.Float32))];
        Tensor Run(Tensor[] x)
        {
            x[1].requires_grad = true;
            return ops.deform_conv2d(x[0], x[1], x[2], x[3], null, one, one, one);
        }
        Tensor fromHalves = Run(halves);
        Tensor fromWide = Run(wide);
        Assert.Equal(ScalarType.BFloat16, fromHalves.dtype);
        Assert.Equal(ops.to_bytes(fromWide.to(ScalarType.BFloat16)), ops.to_bytes(fromHalves));
        fromHalves.sum().backward();
        fromWide.sum().backward();
        Assert.Equal(ops.to_bytes(wide[1].grad!.to(ScalarType.BFloat16)), ops.to_bytes(halves[1].grad!));
    }

    [Fact]
    public void Refusals_name_the_argument_and_what_it_was()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor input = ones([2, 4, 8, 8]);
        Tensor weight = ones([6, 4, 3, 3]);
        Tensor offset = zeros([2, 18, 8, 8]);
        Tensor mask = ones([2, 9, 8, 8]);
        void Refused(string text, Func<Tensor> call) =>
            Assert.Contains(text, Assert.Throws<ArgumentException>(call).Message, StringComparison.Ordinal);
        Tensor Run(
            Tensor? x = null,
            Tensor? w = null,
            Tensor? o = null,
            Tensor? m = null,
            Tensor? b = null,
            long stride = 1,
            long padding = 1,
            long groups = 1,
            long offsetGroups = 1
        ) =>
            ops.deform_conv2d(
                x ?? input,
                w ?? weight,
                o ?? offset,
                m ?? mask,
                b,
                (stride, stride),
                (padding, padding),
                one,
                groups,
                offsetGroups
            );
        Refused("input must be [N, C, H, W], got [4, 8, 8]", () => Run(x: ones([4, 8, 8])));
        Refused("weight must be [O, C/G, kernel_h, kernel_w], got [6, 4]", () => Run(w: ones([6, 4])));
        Refused("weight must be [6, 4, at least 1, at least 1], got [6, 3, 3, 3]", () => Run(w: ones([6, 3, 3, 3])));
        Refused("offset must be [2, 18, 8, 8], got [2, 9, 8, 8]", () => Run(o: mask));
        Refused("offset must be [2, 36, 8, 8], got [2, 18, 8, 8]", () => Run(offsetGroups: 2));
        Refused("mask must be [2, 9, 8, 8], got [2, 18, 8, 8]", () => Run(m: offset));
        Refused("bias must be [6], got [5]", () => Run(b: ones([5])));
        Refused("strides and dilations must be positive and at most 2147483647, got (0, 0)", () => Run(stride: 0));
        Refused("paddings must be from 0 to 2147483647, got (-1, -1)", () => Run(padding: -1));
        Refused("4 channels must be a multiple of groups (3)", () => Run(groups: 3));
        Refused("of offset_groups (3)", () => Run(offsetGroups: 3));
        Refused("groups and offset_groups must be positive, got 0 and 1", () => Run(groups: 0));
        Refused("smaller than the kernel", () => Run(x: ones([2, 4, 1, 8]), padding: 0));
        Refused("offset must be of input's type", () => Run(o: offset.to(ScalarType.Float64)));
        Refused("input must be float32", () => Run(x: input.to(ScalarType.Int64)));
    }
}
