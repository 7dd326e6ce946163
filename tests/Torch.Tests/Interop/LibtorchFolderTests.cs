using DynamicRcnn.Torch.Interop;
using Xunit;

namespace DynamicRcnn.Torch.Tests.Interop;

public sealed class LibtorchFolderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-libtorch").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_CUDA_libtorch_is_loaded_whole_each_library_behind_what_it_needs()
    {
        string lib = Holding(
            "libtorch.so",
            "libtorch_cuda.so",
            "libc10_cuda.so",
            "libtorch_cpu.so",
            "libc10.so",
            "libother.so"
        );
        Assert.Equal(
            ["libc10.so", "libc10_cuda.so", "libtorch_cpu.so", "libtorch_cuda.so", "libtorch.so"],
            LibtorchFolder.Libraries(lib).Select(Path.GetFileName)
        );
    }

    [Fact]
    public void A_CPU_libtorch_lacks_nothing()
    {
        string lib = Holding("libtorch.so.1.13", "libtorch_cpu.so.1.13", "libc10.so.1.13");
        Assert.Equal(
            ["libc10.so.1.13", "libtorch_cpu.so.1.13", "libtorch.so.1.13"],
            LibtorchFolder.Libraries(lib).Select(Path.GetFileName)
        );
    }

    [Fact]
    public void The_variable_names_the_folder_of_the_libraries_or_the_one_above()
    {
        string lib = Holding("libtorch_cpu.so");
        Assert.Equal(lib, LibtorchFolder.Find(folder, "/nowhere"));
        Assert.Equal(lib, LibtorchFolder.Find(lib, "/nowhere"));
        Assert.Contains(
            "DRCNN_LIBTORCH is '/nowhere'",
            Assert.Throws<LibtorchException>(() => LibtorchFolder.Find("/nowhere", folder)).Message
        );
    }

    private string Holding(params string[] names)
    {
        string lib = Directory.CreateDirectory(Path.Combine(folder, "lib")).FullName;
        foreach (string name in names)
        {
            File.WriteAllText(Path.Combine(lib, name), "");
        }
        return lib;
    }
}
