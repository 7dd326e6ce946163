using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>
/// Reads the <c>.pkl</c> of Detectron, Detectron2 and Caffe2: a pickle of Python 2 or 3 with arrays of numpy by name, alone or under a key such as
/// <c>blobs</c> or <c>model</c>. Nothing of it is run: see <see cref="PickleReader"/>.
/// </summary>
internal static class PklFile
{
    private const byte Proto = 0x80;
    private const int LengthBytes = 8;

    /// <summary>
    /// Whether a file is a pickle, by its first eight bytes: of protocol 2 to 5, which say so, or of protocol 0 or 1 (Python 2's own) with a
    /// dictionary. Those of safetensors are a length below 2^32.
    /// </summary>
    public static bool Begins(ReadOnlySpan<byte> start) =>
        start.Length >= LengthBytes
        && (
            start is [Proto, >= 2 and <= 5, ..]
                ? start[(start[2] == (byte)PickleOpcode.Frame ? 3 : 4)..LengthBytes].ContainsAnyExcept((byte)0)
                : IsDictionary(start) && start[4..LengthBytes].ContainsAnyExcept((byte)0)
        );

    /// <summary>Protocol 0 makes the dictionary from a mark, protocol 1 at once; both then remember it. An ordered one is asked for by name.</summary>
    private static bool IsDictionary(ReadOnlySpan<byte> start) =>
        start.StartsWith("(dp"u8) || start.StartsWith("}q"u8) || start.StartsWith("ccollec"u8);

    /// <summary>All arrays, row-major, under their names; momenta and what is no array of numbers are left out.</summary>
    /// <exception cref="RunException">The file cannot be read, holds no such arrays, or asks for anything but them.</exception>
    public static TensorFile Read(string path)
    {
        ReadOnlyMemory<byte> file = WholeFile.Read(path);
        return StateDict.Read(path, PickleReader.Read(path, file), new PthElements(path, file.Length, _ => null));
    }
}
