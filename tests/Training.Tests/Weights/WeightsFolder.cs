using DynamicRcnn.Runs;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>A folder of a test's own with one file of weights, which is read or refused.</summary>
internal sealed class WeightsFolder : IDisposable
{
    /// <summary>The folder.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("drcnn-weights-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>A file's place.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Puts bytes into the file.</summary>
    /// <returns>Its place.</returns>
    public string Write(byte[] bytes)
    {
        string path = File("weights");
        System.IO.File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>What a file of such bytes holds.</summary>
    public TensorFile Read(byte[] bytes) => WeightFile.Read(Write(bytes));

    /// <summary>The sentence that a file of such bytes is refused in.</summary>
    public string Refused(byte[] bytes)
    {
        string path = Write(bytes);
        RunException error = Assert.Throws<RunException>(() => WeightFile.Read(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        return error.Message;
    }
}
