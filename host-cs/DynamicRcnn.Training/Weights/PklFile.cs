namespace DynamicRcnn.Training.Weights;

/// <summary>
/// Reads the <c>.pkl</c> of Detectron and Caffe2: a pickle of Python 2 or 3 with arrays of numpy by name, alone or under <c>blobs</c>. Nothing of it
/// is run: see <see cref="PickleReader"/>.
/// </summary>
internal static class PklFile
{
    private const string Blobs = "blobs";
    private const string Momentum = "_momentum";
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
        Dictionary<object, object?>? root = PickleReader.Read(path, file) as Dictionary<object, object?>;
        root = root?.GetValueOrDefault(Blobs) as Dictionary<object, object?> ?? root;
        PthElements elements = new(path, file.Length, _ => null);
        Dictionary<string, StoredTensor> tensors = [];
        foreach ((object key, object? value) in root ?? [])
        {
            if (key is string place && value is SkippedObject skipped)
            {
                throw new RunException(
                    $"{path}: '{FileText.Shown(place)}' is an object of '{skipped}' among the weights; expected an array."
                );
            }
            if (
                key is string name
                && value is PickledArray { View: { } view } array
                && !name.EndsWith(Momentum, StringComparison.Ordinal)
            )
            {
                tensors.Add(name, elements.Tensor(name, view, array.Data));
            }
        }
        return tensors.Count > 0
            ? new TensorFile(tensors, new Dictionary<string, string>())
            : throw new RunException(
                $"{path}: no little-endian arrays are in the pickle; expected them by name, alone or under {Blobs}."
            );
    }
}
