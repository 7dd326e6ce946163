using DynamicRcnn.Data;

namespace DynamicRcnn.Detection;

/// <summary>Findings on their way from one process to another.</summary>
internal static class FindingBytes
{
    internal static void Write(Finding finding, BinaryWriter writer)
    {
        writer.Write((int)finding.Kind);
        writer.Write(finding.File);
        writer.Write(finding.Message);
    }

    internal static Finding Read(BinaryReader reader) =>
        new((FindingKind)reader.ReadInt32(), reader.ReadString(), reader.ReadString());

    /// <summary>Several as bytes that <see cref="ReadAll"/> reads.</summary>
    internal static byte[] WriteAll(IReadOnlyCollection<Finding> findings)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        foreach (Finding finding in findings)
        {
            Write(finding, writer);
        }
        writer.Flush();
        return stream.ToArray();
    }

    internal static IEnumerable<Finding> ReadAll(byte[] bytes)
    {
        using BinaryReader reader = new(new MemoryStream(bytes));
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            yield return Read(reader);
        }
    }
}
