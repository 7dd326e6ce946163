namespace DynamicRcnn.Torch;

/// <summary>An operator of libtorch refused its arguments or failed. The message begins with the operator's name.</summary>
public sealed class TorchException(string message) : Exception(message);

/// <summary>libtorch, or the library that reaches it, cannot be loaded. The message is one sentence and names the command that installs it.</summary>
public sealed class LibtorchException(string message) : Exception(message)
{
    private const string InstallCommand = "sudo apt-get install libtorch-dev libopenblas0-openmp";

    internal static LibtorchException Because(string cause) =>
        new($"libtorch cannot be used: {cause}; on Debian 12 this installs it: {InstallCommand}");

    internal static LibtorchException NoDistribution(string file) =>
        new(
            $"training with several processes needs {file}, which is not beside the program: this build was made without Gloo's headers; "
                + "install them (sudo apt-get install libgloo-dev) and build again (dotnet fsi build.fsx build)"
        );
}
