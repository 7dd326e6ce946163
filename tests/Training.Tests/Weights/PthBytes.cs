using System.IO.Compression;
using System.Runtime.InteropServices;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>Puts a pickle and its storages into the zip that torch.save makes.</summary>
internal static class PthBytes
{
    public static byte[] Of(
        byte[] pickle,
        Dictionary<string, byte[]> storages,
        CompressionLevel compression = CompressionLevel.NoCompression,
        string byteOrder = "little"
    )
    {
        using MemoryStream file = new();
        using (ZipArchive zip = new(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("data.pkl", pickle);
            Add("byteorder", System.Text.Encoding.ASCII.GetBytes(byteOrder));
            foreach ((string key, byte[] bytes) in storages)
            {
                Add($"data/{key}", bytes);
            }

            void Add(string name, byte[] bytes)
            {
                using Stream entry = zip.CreateEntry($"weights/{name}", compression).Open();
                entry.Write(bytes);
            }
        }
        return file.ToArray();
    }

    /// <summary>A state dict with one tensor <c>a</c> over the six floats 0 to 5.</summary>
    public static byte[] OneTensor(long count, long offset, long[] shape, long[] strides) =>
        Of(PickleBytes.OneTensor(count, offset, shape, strides), new Dictionary<string, byte[]> { ["0"] = Floats(6) });

    /// <summary>Tensors of float32 and int64, each with a storage of its own.</summary>
    public static byte[] Of(TensorFile file)
    {
        PickleBytes pickle = new PickleBytes().BeginDictionary();
        Dictionary<string, byte[]> storages = [];
        foreach ((string name, StoredTensor tensor) in file.Tensors)
        {
            long[] strides = new long[tensor.Shape.Length];
            long count = 1;
            for (int side = strides.Length - 1; side >= 0; side--)
            {
                strides[side] = count;
                count *= tensor.Shape[side];
            }
            string key = $"{storages.Count}";
            string type = tensor.Type == torch.ScalarType.Int64 ? "LongStorage" : "FloatStorage";
            pickle.Text(name).Tensor(type, key, count, 0, tensor.Shape, strides);
            storages.Add(key, tensor.Data.ToArray());
        }
        return Of(pickle.EndDictionary().Stop(), storages);
    }

    /// <summary>The floats 0, 1, 2, ... as a storage holds them.</summary>
    public static byte[] Floats(int count) =>
        [.. MemoryMarshal.AsBytes<float>([.. Enumerable.Range(0, count).Select(index => (float)index)])];
}
