using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace DynamicRcnn.Weights;

/// <summary>
/// Writes a zip as torch.save does: nothing is compressed, and each entry's bytes begin at a multiple of 64, so that torch can map the file into
/// memory; <see cref="System.IO.Compression.ZipArchive"/> lets nobody say where they begin. The same entries give the same bytes: there are no times.
/// </summary>
/// <param name="stream">Where the zip goes; it is only written to.</param>
internal sealed class StoredZip(Stream stream)
{
    private const int Alignment = 64;
    private const int LocalHeader = 30;
    private const int CentralHeader = 46;
    private const int EndRecord = 22;
    private const int FieldHeader = 4;
    private const uint LocalSignature = 0x04034B50;
    private const uint CentralSignature = 0x02014B50;
    private const uint EndSignature = 0x06054B50;
    private const ushort PaddingField = 0x4246; // "FB", as torch names the bytes that it fills up with
    private const byte Padding = (byte)'Z';
    private const ushort Version = 20;
    private const ushort Utf8Names = 1 << 11;
    private const ushort FirstDay = 0x21; // 1 January 1980

    private readonly List<(byte[] Name, uint Sum, uint Length, uint Offset)> entries = [];
    private long position;

    /// <summary>Adds an entry.</summary>
    /// <param name="name">With slashes.</param>
    /// <param name="data">Its bytes.</param>
    /// <exception cref="IOException">The zip would have more than 65,535 entries or 4 GiB, which this format cannot say.</exception>
    public void Add(string name, ReadOnlySpan<byte> data)
    {
        byte[] nameBytes = Encoding.UTF8.GetBytes(name);
        int header = LocalHeader + nameBytes.Length + FieldHeader;
        int padding = (int)((Alignment - (position + header) % Alignment) % Alignment);
        if (entries.Count >= ushort.MaxValue || position + header + padding + data.Length > uint.MaxValue)
        {
            throw new IOException("a .pth holds at most 65,535 tensors and 4 GiB here; write .safetensors instead");
        }
        entries.Add((nameBytes, Crc32.HashToUInt32(data), (uint)data.Length, (uint)position));
        Span<byte> local = stackalloc byte[LocalHeader];
        BinaryPrimitives.WriteUInt32LittleEndian(local, LocalSignature);
        Describe(local[4..], entries[^1], FieldHeader + padding);
        Write(local);
        Write(nameBytes);
        Span<byte> field = stackalloc byte[FieldHeader + Alignment];
        BinaryPrimitives.WriteUInt16LittleEndian(field, PaddingField);
        BinaryPrimitives.WriteUInt16LittleEndian(field[2..], (ushort)padding);
        field[FieldHeader..].Fill(Padding);
        Write(field[..(FieldHeader + padding)]);
        Write(data);
    }

    /// <summary>Writes the directory of the entries; nothing comes after it.</summary>
    public void End()
    {
        long start = position;
        Span<byte> central = stackalloc byte[CentralHeader];
        foreach ((byte[] Name, uint Sum, uint Length, uint Offset) entry in entries)
        {
            central.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(central, CentralSignature);
            BinaryPrimitives.WriteUInt16LittleEndian(central[4..], Version);
            Describe(central[6..], entry, extra: 0);
            BinaryPrimitives.WriteUInt32LittleEndian(central[42..], entry.Offset);
            Write(central);
            Write(entry.Name);
        }
        if (position > uint.MaxValue)
        {
            throw new IOException("a .pth holds at most 4 GiB here; write .safetensors instead");
        }
        Span<byte> end = stackalloc byte[EndRecord];
        end.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(end, EndSignature);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], (ushort)entries.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], (ushort)entries.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], (uint)(position - start));
        BinaryPrimitives.WriteUInt32LittleEndian(end[16..], (uint)start);
        Write(end);
    }

    // The 26 bytes that a local and a central header have in common.
    private static void Describe(Span<byte> fields, (byte[] Name, uint Sum, uint Length, uint Offset) entry, int extra)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(fields, Version);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[2..], Utf8Names);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[4..], 0); // stored
        BinaryPrimitives.WriteUInt16LittleEndian(fields[6..], 0); // midnight
        BinaryPrimitives.WriteUInt16LittleEndian(fields[8..], FirstDay);
        BinaryPrimitives.WriteUInt32LittleEndian(fields[10..], entry.Sum);
        BinaryPrimitives.WriteUInt32LittleEndian(fields[14..], entry.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(fields[18..], entry.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[22..], (ushort)entry.Name.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[24..], (ushort)extra);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        position += bytes.Length;
    }
}
