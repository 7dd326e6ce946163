using System.Buffers.Binary;
using System.Text;
using DynamicRcnn.Runs;
using DynamicRcnn.Tests;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-weights-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_is_written_is_read_back()
    {
        string path = Path.Combine(folder, "a.safetensors");
        Dictionary<string, StoredTensor> tensors = new()
        {
            ["b"] = new(torch.ScalarType.Float32, [2], new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }),
            ["a"] = new(torch.ScalarType.Bool, [], new byte[] { 1 }),
            ["empty"] = new(torch.ScalarType.Int64, [0, 3], ReadOnlyMemory<byte>.Empty),
        };
        SafetensorsFile.Write(
            path,
            new TensorFile(tensors, new Dictionary<string, string> { ["state"] = "line\n\"two\"" })
        );
        TensorFile read = SafetensorsFile.Read(path);
        Assert.Equal(["a", "b", "empty"], read.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach ((string name, StoredTensor tensor) in tensors)
        {
            Assert.Equal(tensor.Type, read.Tensors[name].Type);
            Assert.Equal(tensor.Shape, read.Tensors[name].Shape);
            Assert.Equal(tensor.Data.ToArray(), read.Tensors[name].Data.ToArray());
        }
        Assert.Equal("line\n\"two\"", read.Metadata["state"]);
        Assert.Equal(["a.safetensors"], Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)!));
    }

    [Fact]
    public void Tensors_without_elements_may_lie_anywhere()
    {
        string path = Path.Combine(folder, "a.safetensors");
        Dictionary<string, StoredTensor> tensors = Enumerable
            .Range(0, 60)
            .ToDictionary(
                i => $"{i}",
                i => new StoredTensor(torch.ScalarType.Byte, [i % 2], new byte[i % 2].AsMemory())
            );
        SafetensorsFile.Write(path, new TensorFile(tensors, new Dictionary<string, string>()));
        Assert.Equal(60, SafetensorsFile.Read(path).Tensors.Count);
    }

    [Fact]
    public void A_tensor_too_large_for_memory_is_refused()
    {
        const string Header = """{"a":{"dtype":"U8","shape":[3000000000],"data_offsets":[0,3000000000]}}""";
        string path = Path.Combine(folder, "large.safetensors");
        using (FileStream stream = File.Create(path))
        {
            byte[] length = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, Header.Length);
            stream.Write(length);
            stream.Write(Encoding.UTF8.GetBytes(Header));
            stream.SetLength(stream.Position + 3_000_000_000); // a hole: it takes no room on the disk
        }
        RunException error = Assert.Throws<RunException>(() => SafetensorsFile.Read(path));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"a":1}""")]
    [InlineData("""{"a":{}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""")]
    [InlineData("""{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807,9],"data_offsets":[0,4]}}""")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"""
    )]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"""
    )]
    [InlineData("""{"__metadata__":{"a":1},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    public void A_broken_header_is_refused_in_one_sentence_that_names_the_file(string header)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] bytes = new byte[8 + text.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, text.Length);
        text.CopyTo(bytes, 8);
        AssertRefused(bytes);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(200_000_000)]
    [InlineData(100)]
    public void A_header_length_that_cannot_be_is_refused_before_memory_is_taken(long length)
    {
        byte[] bytes = new byte[20];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        AssertRefused(bytes);
    }

    [Fact]
    public void Pointers_and_short_files_are_refused()
    {
        AssertRefused([1, 2, 3]);
        RunException error = Assert.Throws<RunException>(() =>
            SafetensorsFile.Read(SharedData.Folder("bad_input", "weights", "lfs_pointer_resnet18.pth"))
        );
        Assert.Contains("Git LFS pointer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_write_leaves_the_file_that_was_there()
    {
        string path = Path.Combine(folder, "a.safetensors");
        TensorFile good = new(
            new Dictionary<string, StoredTensor>(),
            new Dictionary<string, string> { ["which"] = "first" }
        );
        SafetensorsFile.Write(path, good);
        Dictionary<string, StoredTensor> bad = new()
        {
            ["a"] = new((torch.ScalarType)99, [], ReadOnlyMemory<byte>.Empty),
        };
        Assert.ThrowsAny<Exception>(() =>
            SafetensorsFile.Write(path, new TensorFile(bad, new Dictionary<string, string>()))
        );
        Assert.Equal("first", SafetensorsFile.Read(path).Metadata["which"]);
        Assert.Throws<RunException>(() => SafetensorsFile.Write(Path.Combine(folder, "gone", "a.safetensors"), good));
    }

    private void AssertRefused(byte[] bytes)
    {
        string path = Path.Combine(folder, "broken.safetensors");
        File.WriteAllBytes(path, bytes);
        RunException error = Assert.Throws<RunException>(() => SafetensorsFile.Read(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
