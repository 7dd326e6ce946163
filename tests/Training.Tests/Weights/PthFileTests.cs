using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

public sealed class PthFileTests : IDisposable
{
    private readonly WeightsFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Tensors_that_share_a_storage_are_read_in_row_major_order()
    {
        byte[] pickle = new PickleBytes()
            .BeginDictionary()
            .Text("module.rows")
            .Tensor("FloatStorage", "0", 6, 0, [2, 3], [3, 1])
            .Text("module.columns")
            .Tensor("FloatStorage", "0", 6, 0, [3, 2], [1, 3])
            .Text("module.tail")
            .Tensor("FloatStorage", "0", 6, 4, [2], [1])
            .Text("module.number")
            .Tensor("FloatStorage", "0", 6, 5, [], [])
            .Text("module.empty")
            .Tensor("FloatStorage", "0", 6, 6, [0, long.MaxValue], [long.MaxValue, 1])
            .EndDictionary()
            .Stop();
        TensorFile file = folder.Read(PthBytes.Of(pickle, new() { ["0"] = PthBytes.Floats(6) }));
        Assert.Equal([0, 1, 2, 3, 4, 5], Values("rows"));
        Assert.Equal([0, 3, 1, 4, 2, 5], Values("columns"));
        Assert.Equal([3, 2], file.Tensors["columns"].Shape);
        Assert.Equal([4, 5], Values("tail"));
        Assert.Equal([5], Values("number"));
        Assert.Empty(Values("empty"));

        float[] Values(string name) => [.. MemoryMarshal.Cast<byte, float>(file.Tensors[name].Data.Span)];
    }

    [Fact]
    public void Module_versions_are_skipped_and_a_wrapped_state_dict_is_found()
    {
        byte[] pickle = new PickleBytes()
            .Code('}')
            .Code('(')
            .Text("epoch")
            .Number(3)
            .Text("state_dict")
            .BeginDictionary()
            .Text("a")
            .Tensor("LongStorage", "0", 3, 1, [1], [1])
            .EndDictionary()
            .Code('}')
            .Text("_metadata")
            .Code('}')
            .Code('s')
            .Code('b')
            .Code('u')
            .Stop();
        TensorFile file = folder.Read(PthBytes.Of(pickle, new() { ["0"] = new byte[24] }));
        Assert.Equal(["a"], file.Tensors.Keys);
        Assert.Equal(torch.ScalarType.Int64, file.Tensors["a"].Type);
    }

    [Theory]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("torch", "load")]
    [InlineData("__main__", "Model")]
    public void A_name_off_the_list_is_refused_by_its_name_and_nothing_runs(string module, string name)
    {
        string proof = folder.File("proof");
        byte[] old = new PickleBytes().Global(module, name).Text($"touch {proof}").Code(0x85).Code('R').Stop();
        byte[] stacked = new PickleBytes().Text(module).Text(name).Code(0x93).Stop();
        Assert.Contains($"'{module}.{name}'", folder.Refused(PthBytes.Of(old, [])), StringComparison.Ordinal);
        Assert.Contains($"'{module}.{name}'", folder.Refused(PthBytes.Of(stacked, [])), StringComparison.Ordinal);
        Assert.False(File.Exists(proof));
    }

    [Fact]
    public void An_instruction_off_the_list_is_refused_by_its_number() =>
        Assert.Contains(
            "0x82",
            folder.Refused(PthBytes.Of(new PickleBytes().Global("torch", "Size").Code(')').Code(0x82).Stop(), [])),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(6, 0, new long[] { 7 }, new long[] { 1 })]
    [InlineData(6, 1, new long[] { 6 }, new long[] { 1 })]
    [InlineData(6, -1, new long[] { 2 }, new long[] { 1 })]
    [InlineData(6, 7, new long[] { 0 }, new long[] { 1 })]
    [InlineData(6, long.MaxValue, new long[] { 1 }, new long[] { 1 })]
    [InlineData(6, 5, new long[] { 2 }, new long[] { -1 })]
    [InlineData(6, 0, new long[] { -2, -3 }, new long[] { 3, 1 })]
    [InlineData(6, 0, new long[] { 2 }, new long[] { long.MaxValue })]
    [InlineData(6, 0, new long[] { 3 }, new long[] { long.MaxValue / 2 + 1 })]
    [InlineData(6, 0, new long[] { long.MaxValue, long.MaxValue, 4 }, new long[] { 0, 0, 0 })]
    [InlineData(6, 0, new long[] { long.MaxValue }, new long[] { long.MaxValue })]
    [InlineData(6, 0, new long[] { 2, 3 }, new long[] { 1 })]
    [InlineData(7, 0, new long[] { 7 }, new long[] { 1 })]
    [InlineData(-6, 0, new long[] { 1 }, new long[] { 1 })]
    [InlineData(long.MaxValue, 0, new long[] { 1 }, new long[] { 1 })]
    [InlineData(long.MinValue, 0, new long[] { 1 }, new long[] { 1 })]
    public void A_view_that_leaves_its_storage_is_refused(long count, long offset, long[] shape, long[] strides) =>
        Assert.Contains(
            "storage",
            folder.Refused(PthBytes.OneTensor(count, offset, shape, strides)),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_tensor_of_more_than_64_sides_is_refused()
    {
        long[] sides = [.. Enumerable.Repeat(1L, 65)];
        Assert.Contains("broken", folder.Refused(PthBytes.OneTensor(6, 0, sides, sides)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pickle_of_more_values_than_a_state_dict_has_is_refused()
    {
        byte[] bomb = [.. Enumerable.Repeat((byte)'}', 3_000_000)];
        string sentence = folder.Refused(PthBytes.Of(new PickleBytes().Code(bomb).Stop(), []));
        Assert.Contains("values", sentence, StringComparison.Ordinal);
        sentence = folder.Refused(PthBytes.Of(new byte[20_000_000], []));
        Assert.Contains("20000000 bytes", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_in_values_do_not_exhaust_the_stack()
    {
        byte[] deep = [(byte)')', .. Enumerable.Repeat((byte)0x85, 1_000_000)];
        Assert.Contains(
            "no state dict",
            folder.Refused(PthBytes.Of(new PickleBytes().Code(deep).Stop(), [])),
            StringComparison.Ordinal
        );
        byte[] marks = [.. Enumerable.Repeat((byte)'(', 1_000_000)];
        folder.Refused(PthBytes.Of(new PickleBytes().Code(marks).Stop(), []));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("0")]
    [InlineData("R")]
    [InlineData("t")]
    [InlineData("(u")]
    [InlineData("}(K\u0001u")]
    [InlineData("})Ns")]
    [InlineData(")Q")]
    [InlineData("NNR")]
    [InlineData("h\u0007")]
    [InlineData("Nb")]
    [InlineData("ctorch\nSize")]
    [InlineData("X\u0001\u0001\u0001\u0001")]
    [InlineData("N")]
    public void A_broken_pickle_is_refused(string instructions) =>
        folder.Refused(PthBytes.Of(new PickleBytes().Code(Encoding.Latin1.GetBytes(instructions)).Stop(), []));

    [Fact]
    public void A_missing_storage_a_compressed_entry_and_big_endian_elements_are_refused()
    {
        byte[] pickle = new PickleBytes()
            .BeginDictionary()
            .Text("a\nb")
            .Tensor("FloatStorage", "0", 600, 0, [600], [1])
            .EndDictionary()
            .Stop();
        Dictionary<string, byte[]> storages = new() { ["0"] = PthBytes.Floats(600) };
        Assert.Contains("missing", folder.Refused(PthBytes.Of(pickle, [])), StringComparison.Ordinal);
        Assert.Contains(
            "compressed",
            folder.Refused(PthBytes.Of(pickle, storages, CompressionLevel.Optimal)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "little-endian",
            folder.Refused(PthBytes.Of(pickle, storages, byteOrder: "big")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Views_that_would_be_copied_many_times_are_refused()
    {
        PickleBytes pickle = new PickleBytes().BeginDictionary();
        for (int copy = 0; copy < 20; copy++)
        {
            pickle.Text($"{copy}").Tensor("FloatStorage", "0", 100_000, 0, [50_000, 2], [1, 50_000]);
        }
        byte[] bytes = PthBytes.Of(pickle.EndDictionary().Stop(), new() { ["0"] = PthBytes.Floats(100_000) });
        Assert.Contains("as large as the file", folder.Refused(bytes), StringComparison.Ordinal);
    }
}
