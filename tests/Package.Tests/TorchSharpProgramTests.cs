using Xunit;

namespace DynamicRcnn.Package.Tests;

/// <summary>A stranger's program that uses TorchSharp by its own names before anything of ours, perhaps with an older libstdc++.</summary>
public sealed class TorchSharpProgramTests
{
    [Fact]
    public void TorchSharps_own_calls_work_and_idle_threads_sleep()
    {
        const string Code = """
            using TorchSharp;

            using torch.Tensor sum = torch.ones(2, 3).matmul(torch.ones(3, 2)).sum();
            Console.WriteLine(sum.item<float>());
            Console.WriteLine(DynamicRcnn.Model.Kernels.Libtorch.WaitPolicy);
            """;
        using FreshProgram program = new(Code, "DynamicRcnn.Training", FreshProgram.Libtorch);
        Assert.Equal(["12", "passive"], program.Run().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
