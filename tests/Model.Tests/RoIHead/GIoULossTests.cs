using System.Globalization;
using DynamicRcnn.Tests;
using static DynamicRcnn.Model.Tests.Operators.Given;
using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.RoIHead;

public static class GIoULossTests
{
    private const string Script = """
        import sys, torch
        from torchvision.ops import generalized_box_iou_loss
        numbers = [float(word) for word in "NUMBERS".split()]
        boxes, truths = torch.tensor(numbers, dtype=torch.float64).view(2, -1, 4)
        boxes.requires_grad_()
        loss = generalized_box_iou_loss(boxes, truths)
        loss.sum().backward()
        print(*[repr(value) for value in loss.tolist() + boxes.grad.flatten().tolist()])
        """;

    /// <summary>Boxes over, beside, inside and around each other, and equal ones moved by a little.</summary>
    private static (Tensor Boxes, Tensor Truths) Pairs()
    {
        Tensor start = Uniform(3, 0, 60, 64, 2);
        Tensor truths = torch.cat([start, start + Uniform(4, 2, 50, 64, 2)], 1);
        Tensor other = Uniform(5, 0, 60, 32, 2);
        Tensor anywhere = torch.cat([other, other + Uniform(6, 2, 50, 32, 2)], 1);
        Tensor near = truths.narrow(0, 32, 32) + Uniform(7, -0.5, 0.5, 32, 4);
        return (torch.cat([anywhere, near]), truths);
    }

    [Fact]
    public static void Losses_and_gradients_are_torchvisions_in_float64()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor boxes, Tensor truths) = Pairs();
        double[] numbers = ops.to_array<double>(torch.cat([boxes, truths]));
        string text = string.Join(' ', numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)));
        string printed = Python.RunText(
            AppContext.BaseDirectory,
            Script.Replace("NUMBERS", text, StringComparison.Ordinal),
            "torchvision"
        );
        double[] expected =
        [
            .. printed
                .Split()
                .Where(word => word.Length > 0)
                .Select(word => double.Parse(word, CultureInfo.InvariantCulture)),
        ];
        boxes.requires_grad = true;
        Tensor loss = GIoULoss.Each(boxes, truths, offset: 0);
        loss.sum().backward();
        double[] actual = [.. ops.to_array<double>(loss.detach()), .. ops.to_array<double>(boxes.grad!)];
        Assert.Equal(64 * 5, expected.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    [Fact]
    public static void Boxes_without_area_and_far_from_each_other_have_finite_losses_and_gradients()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor boxes = Operators.Given.Floats([3, 4], 5, 5, 5, 5, 0, 0, 1, 1, 3, 3, 3, 3);
        Tensor truths = Operators.Given.Floats([3, 4], 5, 5, 5, 5, 99, 0, 100, 1, 0, 0, 6, 6);
        boxes.requires_grad = true;
        Tensor loss = GIoULoss.Each(boxes, truths, offset: 0);
        loss.sum().backward();
        Close([1, 1.98f, 1], Read(loss.detach()), 1e-5);
        Assert.All(Read(boxes.grad!), value => Assert.True(float.IsFinite(value)));
    }
}
