using System.Runtime.InteropServices;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

public sealed class LegacyPthFileTests : IDisposable
{
    private readonly WeightsFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Strides_and_offsets_are_honoured() =>
        Assert.Equal([1, 3, 2, 4], Values(LegacyPthBytes.OneTensor(6, 1, [2, 2], [1, 2])));

    [Fact]
    public void A_part_of_a_storage_begins_where_the_part_does()
    {
        byte[] pickle = new PickleBytes()
            .Code('}')
            .Text("a")
            .Global("torch._utils", "_rebuild_tensor")
            .Code('(')
            .Code('(')
            .OldText("storage")
            .Global("torch", "FloatStorage")
            .OldText("root")
            .OldText("cpu")
            .Number(6)
            .Code('(')
            .OldText("part")
            .Number(2)
            .Number(3)
            .Code('t')
            .Code('t')
            .Code('Q')
            .Number(1)
            .Number(2)
            .Code(0x85)
            .Number(1)
            .Code(0x85)
            .Code('t')
            .Code('R')
            .Code('s')
            .Stop();
        Assert.Equal([3, 4], Values(LegacyPthBytes.Of(pickle, [("root", 6, PthBytes.Floats(6))])));
    }

    [Theory]
    [InlineData(7, 0, new long[] { 7 }, new long[] { 1 }, "cut off")]
    [InlineData(-1, 0, new long[] { 1 }, new long[] { 1 }, "cut off")]
    [InlineData(long.MaxValue, 0, new long[] { 1 }, new long[] { 1 }, "cut off")]
    [InlineData(6, 5, new long[] { 2 }, new long[] { 1 }, "leaves its storage")]
    [InlineData(6, long.MaxValue, new long[] { 1 }, new long[] { 1 }, "leaves its storage")]
    [InlineData(6, 0, new long[] { long.MaxValue, 4 }, new long[] { 0, 0 }, "leaves its storage")]
    public void A_storage_or_view_that_leaves_the_file_is_refused(
        long count,
        long offset,
        long[] shape,
        long[] strides,
        string sentence
    ) =>
        Assert.Contains(
            sentence,
            folder.Refused(LegacyPthBytes.OneTensor(count, offset, shape, strides)),
            StringComparison.Ordinal
        );

    [Fact]
    public void Storages_that_are_undeclared_doubled_missing_or_big_endian_are_refused()
    {
        byte[] pickle = new PickleBytes()
            .BeginDictionary()
            .Text("a")
            .Tensor("FloatStorage", "0", 2, 0, [2], [1])
            .EndDictionary()
            .Stop();
        byte[] data = PthBytes.Floats(2);
        Assert.Contains(
            "no tensor has",
            folder.Refused(LegacyPthBytes.Of(pickle, [("1", 2, data)])),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "twice",
            folder.Refused(LegacyPthBytes.Of(pickle, [("0", 2, data), ("0", 2, data)])),
            StringComparison.Ordinal
        );
        Assert.Contains("missing", folder.Refused(LegacyPthBytes.Of(pickle, [])), StringComparison.Ordinal);
        Assert.Contains(
            "little-endian",
            folder.Refused(LegacyPthBytes.Of(pickle, [("0", 2, data)], littleEndian: false)),
            StringComparison.Ordinal
        );
        Assert.Contains("broken", folder.Refused(LegacyPthBytes.Magic[..12]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_off_the_list_is_refused_and_nothing_runs()
    {
        string proof = folder.File("proof");
        byte[] pickle = new PickleBytes().Global("posix", "system").Text($"touch {proof}").Code(0x85).Code('R').Stop();
        Assert.Contains("'posix.system'", folder.Refused(LegacyPthBytes.Of(pickle, [])), StringComparison.Ordinal);
        Assert.False(File.Exists(proof));
    }

    private float[] Values(byte[] bytes) =>
        [.. MemoryMarshal.Cast<byte, float>(folder.Read(bytes).Tensors["a"].Data.Span)];
}
