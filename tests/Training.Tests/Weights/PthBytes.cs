using System.IO.Compression;
using System.Runtime.InteropServices;

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
        Of(
            new PickleBytes()
                .BeginDictionary()
                .Text("a")
                .Tensor("FloatStorage", "0", count, offset, shape, strides)
                .EndDictionary()
                .Stop(),
            new Dictionary<string, byte[]> { ["0"] = Floats(6) }
        );

    /// <summary>The floats 0, 1, 2, ... as a storage holds them.</summary>
    public static byte[] Floats(int count) =>
        [.. MemoryMarshal.AsBytes<float>([.. Enumerable.Range(0, count).Select(index => (float)index)])];
}
