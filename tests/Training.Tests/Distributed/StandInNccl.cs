using System.Runtime.InteropServices;
using Xunit;

namespace DynamicRcnn.Training.Tests.Distributed;

/// <summary>A library with NCCL's C interface over the host's memory, for ranks that are threads. Tests without a GPU drive by it what calls NCCL.</summary>
internal static unsafe class StandInNccl
{
    private static readonly Lazy<nint> handle = new(Load);

    /// <summary>All floating tensors go over it, as those of a GPU go over NCCL.</summary>
    internal static ICollectives ForAll(ICollectives host) => On(host, () => new NcclLibrary(handle.Value));

    /// <param name="host">Has what is not a floating tensor.</param>
    /// <param name="find">Gives the library; null: this rank has none.</param>
    internal static ICollectives On(ICollectives host, Func<NcclLibrary?> find) =>
        new NcclCollectives(host, find, tensor => tensor.dtype is torch.ScalarType.Float32 or torch.ScalarType.Float64);

    /// <summary>Has the calling thread's next operations refused.</summary>
    internal static void Refuse(int operations) =>
        ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(handle.Value, "stand_in_refuse"))(operations);

    private static nint Load()
    {
        string path = Path.Combine(Above(AppContext.BaseDirectory), "artifacts/native-build/libdrcnn_nccl_stand_in.so");
        if (!File.Exists(path))
        {
            Assert.Skip("libdrcnn_nccl_stand_in.so is not built; run: dotnet fsi build.fsx kernel-tests");
        }
        return NativeLibrary.Load(path);
    }

    /// <summary>The repository's folder.</summary>
    private static string Above(string folder) =>
        File.Exists(Path.Combine(folder, "DynamicRcnn.sln")) ? folder : Above(Path.GetDirectoryName(folder)!);
}
