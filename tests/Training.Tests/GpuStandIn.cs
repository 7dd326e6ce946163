using Xunit;

namespace DynamicRcnn.Training.Tests;

/// <summary>While it lives, what runs on the CPU takes a GPU's way, with the CUDA kernels' code on the CPU. Tests run one at a time here.</summary>
internal sealed class GpuStandIn : IDisposable
{
    internal GpuStandIn()
    {
        string path = Path.Combine(Above(AppContext.BaseDirectory), "artifacts/native-build/libdrcnn_kernels_shim.so");
        if (!File.Exists(path))
        {
            Assert.Skip("libdrcnn_kernels_shim.so is not built; run: dotnet fsi build.fsx kernel-tests");
        }
        DevicePath.StandIn = path;
    }

    public void Dispose() => DevicePath.StandIn = null;

    /// <summary>The repository's folder.</summary>
    private static string Above(string folder) =>
        File.Exists(Path.Combine(folder, "DynamicRcnn.sln")) ? folder : Above(Path.GetDirectoryName(folder)!);
}
