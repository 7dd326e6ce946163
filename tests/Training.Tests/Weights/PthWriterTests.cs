using System.IO.Compression;
using DynamicRcnn.Runs;
using DynamicRcnn.Tests;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

public sealed class PthWriterTests : IDisposable
{
    private const int Alignment = 64;

    private static readonly (torch.ScalarType Type, string Name)[] types =
    [
        (torch.ScalarType.Float64, "float64"),
        (torch.ScalarType.Float32, "float32"),
        (torch.ScalarType.Float16, "float16"),
        (torch.ScalarType.BFloat16, "bfloat16"),
        (torch.ScalarType.Int64, "int64"),
        (torch.ScalarType.Int32, "int32"),
        (torch.ScalarType.Int16, "int16"),
        (torch.ScalarType.Int8, "int8"),
        (torch.ScalarType.Byte, "uint8"),
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-pth-").FullName;

    private string Path => System.IO.Path.Combine(folder, "weights.pth");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(PthForm.StateDict)]
    [InlineData(PthForm.UnderModel)]
    [InlineData(PthForm.UnderStateDict)]
    public void What_is_written_reads_back_bit_for_bit_with_its_classes(PthForm form)
    {
        TensorFile content = Content();
        PthFile.Write(Path, content, form);
        TensorFile read = WeightFile.Read(Path);
        Assert.Equal(content.Tensors.Keys, read.Tensors.Keys);
        foreach ((string name, StoredTensor tensor) in content.Tensors)
        {
            Assert.Equal(tensor.Type, read.Tensors[name].Type);
            Assert.Equal(tensor.Shape, read.Tensors[name].Shape);
            Assert.True(tensor.Data.Span.SequenceEqual(read.Tensors[name].Data.Span), name);
        }
        Assert.Equal(form == PthForm.StateDict ? [] : content.Metadata, read.Metadata);
    }

    [Fact]
    public void Entries_are_stored_as_they_are_and_begin_at_multiples_of_64()
    {
        PthFile.Write(Path, Content(), PthForm.StateDict);
        byte[] file = File.ReadAllBytes(Path);
        using ZipArchive zip = ZipFile.OpenRead(Path);
        Assert.Equal("archive/data.pkl", zip.Entries[0].FullName);
        Assert.Equal("archive/version", zip.Entries[^1].FullName);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            using MemoryStream bytes = new();
            using (Stream stream = entry.Open())
            {
                stream.CopyTo(bytes);
            }
            Assert.Equal(entry.Length, entry.CompressedLength);
            int place = file.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(entry.FullName));
            int begin =
                place + entry.FullName.Length + 4 + BitConverter.ToUInt16(file, place + entry.FullName.Length + 2);
            Assert.Equal(0, begin % Alignment);
            Assert.True(file.AsSpan(begin, (int)entry.Length).SequenceEqual(bytes.ToArray()), entry.FullName);
        }
    }

    [Fact]
    public void The_same_content_gives_the_same_bytes()
    {
        PthFile.Write(Path, Content(), PthForm.UnderModel);
        byte[] first = File.ReadAllBytes(Path);
        PthFile.Write(Path, Content(), PthForm.UnderModel);
        Assert.Equal(first, File.ReadAllBytes(Path));
    }

    [Fact]
    public void Torch_loads_every_element_type_without_running_anything_and_the_checksums_are_right()
    {
        TensorFile content = Content();
        PthFile.Write(Path, content, PthForm.UnderStateDict);
        Python.RunText(
            folder,
            """
            import collections, torch, zipfile
            assert zipfile.ZipFile('weights.pth').testzip() is None
            for options in ({}, {'weights_only': True}):
                read = torch.load('weights.pth', **options)
                assert list(read) == ['meta', 'state_dict']
                assert read['meta'] == {'CLASSES': ('RBC', 'a "b", ü'), 'dataset_meta': {'classes': ('RBC', 'a "b", ü')}}
                assert type(read['state_dict']) is collections.OrderedDict
            with open('read.txt', 'w') as out:
                for name, tensor in read['state_dict'].items():
                    assert tensor.is_contiguous() and not tensor.requires_grad
                    bits = tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor
                    out.write(f"{name} {tensor.dtype} {list(tensor.shape)} {bits.numpy().tobytes().hex()}\n")
            """,
            "torch"
        );
        Assert.Equal(
            content.Tensors.Select(pair =>
                $"{pair.Key} torch.{(pair.Key == "flags" ? "bool" : types.First(type => type.Type == pair.Value.Type).Name)} "
                + $"[{string.Join(", ", pair.Value.Shape)}] {Convert.ToHexStringLower(pair.Value.Data.Span)}"
            ),
            File.ReadAllLines(System.IO.Path.Combine(folder, "read.txt"))
        );
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named_and_nothing_is_left()
    {
        string path = System.IO.Path.Combine(folder, "nowhere", "weights.pth");
        RunException error = Assert.Throws<RunException>(() => PthFile.Write(path, Content(), PthForm.StateDict));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Equal(RunFault.Run, error.Fault);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    private static TensorFile Content()
    {
        Random random = new(5);
        Dictionary<string, StoredTensor> tensors = [];
        foreach ((torch.ScalarType type, string name) in types)
        {
            byte[] bytes = new byte[3 * 7 * ops.SizeOf(type)];
            random.NextBytes(bytes);
            tensors.Add($"{name}.weight", new StoredTensor(type, [3, 1, 7], bytes));
        }
        tensors.Add("number", new StoredTensor(torch.ScalarType.Int64, [], BitConverter.GetBytes(long.MinValue)));
        tensors.Add("nothing", new StoredTensor(torch.ScalarType.Float32, [0, 3], ReadOnlyMemory<byte>.Empty));
        tensors.Add("flags", new StoredTensor(torch.ScalarType.Bool, [3], new byte[] { 1, 0, 1 }));
        return new TensorFile(
            tensors,
            new Dictionary<string, string> { ["CLASSES"] = """["RBC","a \u0022b\u0022, \u00FC"]""" }
        );
    }
}
