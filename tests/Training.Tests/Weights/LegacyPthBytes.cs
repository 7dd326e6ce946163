namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>Puts a pickle and its storages into the file that torch.save made before 1.6.</summary>
internal static class LegacyPthBytes
{
    public static byte[] Magic { get; } =
    [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    /// <summary>The magic number and the version.</summary>
    public static byte[] Head { get; } = [.. Magic, .. new PickleBytes().Number(1001).Stop()];

    /// <param name="pickle">The object.</param>
    /// <param name="storages">Key, declared count of elements and bytes.</param>
    /// <param name="littleEndian">What the file says of its machine.</param>
    public static byte[] Of(byte[] pickle, (string Key, long Count, byte[] Data)[] storages, bool littleEndian = true)
    {
        PickleBytes keys = new PickleBytes().Code(']').Code('(');
        List<byte> elements = [];
        foreach ((string key, long count, byte[] data) in storages)
        {
            keys.Text(key);
            elements.AddRange(BitConverter.GetBytes(count));
            elements.AddRange(data);
        }
        byte[] machine = new PickleBytes()
            .Code('}')
            .Text("little_endian")
            .Code((byte)(littleEndian ? 0x88 : 0x89))
            .Code('s')
            .Stop();
        return [.. Head, .. machine, .. pickle, .. keys.Code('e').Stop(), .. elements];
    }

    /// <summary>A state dict with one tensor <c>a</c> over the six floats 0 to 5.</summary>
    public static byte[] OneTensor(long count, long offset, long[] shape, long[] strides) =>
        Of(PickleBytes.OneTensor(count, offset, shape, strides), [("0", count, PthBytes.Floats(6))]);
}
