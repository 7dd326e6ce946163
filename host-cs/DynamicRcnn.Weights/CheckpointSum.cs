using System.Security.Cryptography;
using System.Text;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>
/// The checksum of a checkpoint, over its texts and its tensors. A bit that a disk or a copy changed would give another detector, and one that
/// looks right; so it is found before the file is used.
/// </summary>
internal static class CheckpointSum
{
    internal const string Key = "sha256";

    /// <summary>SHA-256 in hexadecimal digits.</summary>
    internal static string Of(TensorFile file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (
            (string key, string text) in file
                .Metadata.Where(pair => pair.Key != Key)
                .OrderBy(Name, StringComparer.Ordinal)
        )
        {
            Append(hash, key, Encoding.UTF8.GetBytes(text));
        }
        foreach ((string name, StoredTensor tensor) in file.Tensors.OrderBy(Name, StringComparer.Ordinal))
        {
            Append(hash, $"{name} {tensor.Type} [{string.Join(',', tensor.Shape)}]", tensor.Data.Span);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        static string Name<T>(KeyValuePair<string, T> pair) => pair.Key;
    }

    /// <summary>Passes when the file holds what was written. One without a checksum is taken as it is.</summary>
    /// <exception cref="RunException">It does not.</exception>
    internal static void Require(string path, TensorFile file)
    {
        if (file.Metadata.TryGetValue(Key, out string? written) && Of(file) is var found && found != written)
        {
            throw new RunException(
                $"{path} is damaged: its checksum is {found[..8]}...; expected {written[..Math.Min(8, written.Length)]}...; take an earlier checkpoint."
            );
        }
    }

    private static void Append(IncrementalHash hash, string name, ReadOnlySpan<byte> data)
    {
        hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n{data.Length}\n"));
        hash.AppendData(data);
    }
}
