using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json;

namespace DynamicRcnn.Model.Tests;

/// <summary>What torchvision_detector.py wrote: weights, inputs and expected outputs by name.</summary>
internal static class TorchvisionRun
{
    private const string Python = "/usr/bin/python3";
    private const string Script = "torchvision_detector.py";

    /// <summary>Runs the script; the test is skipped where torchvision is not installed.</summary>
    public static Dictionary<string, Tensor> Of(int depth)
    {
        if (!File.Exists(Python) || Execute("-c", "import torchvision").ExitCode != 0)
            Assert.Skip($"needs python3-torchvision for {Python} (apt-get install python3-torchvision)");
        string file = Path.GetTempFileName();
        try
        {
            (int exitCode, string output) = Execute(ScriptPath(), $"{depth}", file);
            Assert.True(exitCode == 0, output);
            return Tensors(File.ReadAllBytes(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Dictionary<string, Tensor> Tensors(byte[] file)
    {
        int start = sizeof(long) + checked((int)BinaryPrimitives.ReadInt64LittleEndian(file));
        using JsonDocument header = JsonDocument.Parse(file.AsMemory(sizeof(long)..start));
        return header
            .RootElement.EnumerateObject()
            .ToDictionary(entry => entry.Name, entry => Tensor(entry.Value, file.AsSpan(start)));
    }

    private static Tensor Tensor(JsonElement entry, ReadOnlySpan<byte> data)
    {
        int[] range = [.. entry.GetProperty("data_offsets").EnumerateArray().Select(place => place.GetInt32())];
        long[] shape = [.. entry.GetProperty("shape").EnumerateArray().Select(side => side.GetInt64())];
        bool real = entry.GetProperty("dtype").ValueEquals("F32");
        return ops.from_bytes(data[range[0]..range[1]], shape, real ? ScalarType.Float32 : ScalarType.Int64);
    }

    private static string ScriptPath()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "DynamicRcnn.sln")))
            folder = Path.GetDirectoryName(folder);
        return Path.Combine(folder!, "tests", "Model.Tests", Script);
    }

    private static (int ExitCode, string Output) Execute(params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
