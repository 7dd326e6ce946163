using System.Buffers.Binary;
using System.Text.Json;
using DynamicRcnn.Tests;

namespace DynamicRcnn.Model.Tests;

/// <summary>What a script made of torchvision's parts wrote: weights, inputs and expected outputs by name.</summary>
internal static class TorchvisionRun
{
    /// <summary>Runs the script; the test is skipped where torchvision is not installed.</summary>
    public static Dictionary<string, Tensor> Of(string script, params string[] arguments)
    {
        string file = Path.GetTempFileName();
        try
        {
            Python.RunFile(["torchvision"], $"Model.Tests/{script}", [.. arguments, file]);
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
}
