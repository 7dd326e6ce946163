namespace DynamicRcnn.Model.Tests.Kernels;

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
    public void The_variable_names_the_folder_of_the_libraries_or_the_one_above_and_wins()
    {
        string lib = Holding("libtorch_cpu.so");
        Assert.Equal(lib, LibtorchFolder.Find(folder, ["/nowhere"]));
        Assert.Equal(lib, LibtorchFolder.Find(lib, [folder]));
        Assert.Equal(
            "libtorch cannot be used: DRCNN_LIBTORCH is '/nowhere', but neither it nor its folder lib holds libtorch_cpu.so",
            Assert.Throws<LibtorchException>(() => LibtorchFolder.Find("/nowhere", [lib])).Message
        );
    }

    [Fact]
    public void Without_it_the_first_folder_that_has_one_is_taken()
    {
        string lib = Holding("libtorch_cpu.so");
        Assert.Equal(lib, LibtorchFolder.Find(null, ["/nowhere", lib]));
        string ours = Directory.CreateDirectory(Path.Combine(folder, "libtorch", "lib")).FullName;
        File.WriteAllText(Path.Combine(ours, "libtorch_cpu.so"), "");
        Assert.Equal(ours, LibtorchFolder.Find(null, [lib, folder]));
        string message = Assert.Throws<LibtorchException>(() => LibtorchFolder.Find("", ["/nowhere"])).Message;
        Assert.Contains("neither beside the program in /nowhere", message, StringComparison.Ordinal);
        Assert.Contains("libtorch-cpu-linux-x64", message, StringComparison.Ordinal);
    }

    private string Holding(params string[] names)
    {
        string lib = Directory.CreateDirectory(Path.Combine(folder, "lib")).FullName;
        foreach (string name in names)
            File.WriteAllText(Path.Combine(lib, name), "");
        return lib;
    }
}
