namespace DynamicRcnn.Model.Tests.Kernels;

public static class LateScalarsTests
{
    [Fact]
    public static void A_number_that_nobody_keeps_is_not_freed_at_once()
    {
        Libtorch.Load();
        Assert.True(LateScalars.IsBound);
        using (torch.NewDisposeScope())
        {
            Assert.Equal(3f, (torch.ones(1) + 2).item<float>());
        }
        MakeAndForget(1000);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.True(DrcnnKernels.drcnn_late_scalars_waiting() >= 1000);

        static void MakeAndForget(int count)
        {
            for (int i = 0; i < count; i++)
                _ = 1.5.ToScalar();
        }
    }
}
