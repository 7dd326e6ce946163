using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.RoIHead;

public static class SmoothL1Tests
{
    private static (float[] Loss, float[] Gradient) Of(float[] prediction, float beta)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor input = Floats([prediction.Length], prediction);
        input.requires_grad = true;
        Tensor loss = SmoothL1.Each(input, torch.zeros(prediction.Length), torch.tensor(beta));
        loss.sum().backward();
        return (Read(loss.detach()), Read(input.grad!));
    }

    [Fact]
    public static void Quadratic_below_beta_and_linear_from_it_on()
    {
        (float[] loss, float[] gradient) = Of([0.25f, -0.25f, 0.5f, 2, -2], beta: 0.5f);
        Close([0.0625f, 0.0625f, 0.25f, 1.75f, 1.75f], loss, 1e-7);
        Close([0.5f, -0.5f, 1, 1, -1], gradient, 1e-7);
    }

    [Fact]
    public static void At_beta_zero_it_is_plain_L1_with_finite_gradients()
    {
        (float[] loss, float[] gradient) = Of([0, 0.5f, -3], beta: 0);
        Assert.Equal([0, 0.5f, 3], loss);
        Assert.Equal([0, 1, -1], gradient);
    }
}
