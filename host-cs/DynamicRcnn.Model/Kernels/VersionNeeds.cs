using System.Buffers.Binary;
using System.Text;

namespace DynamicRcnn.Model.Kernels;

/// <summary>The versions of other libraries that an ELF file (64 bits, little-endian) asks for.</summary>
internal static class VersionNeeds
{
    /// <summary>Type of the section that lists them (SHT_GNU_verneed).</summary>
    private const uint NeedsSection = 0x6ffffffe;

    /// <summary>Flag of a version whose lack is a warning and no error (VER_FLG_WEAK).</summary>
    private const byte Weak = 2;

    // Offsets in the file's header, in a section's header, in a library's entry and in a version's entry (System V ABI, gABI 4 and LSB).
    private const int SectionsAt = 0x28;
    private const int SectionSizeAt = 0x3A;
    private const int SectionCountAt = 0x3C;
    private const int SectionTypeAt = 4;
    private const int SectionOffsetAt = 24;
    private const int SectionLinkAt = 40;
    private const int LibraryCountAt = 2;
    private const int LibraryVersionsAt = 8;
    private const int LibraryNextAt = 12;
    private const int VersionFlagsAt = 4;
    private const int VersionNameAt = 8;
    private const int VersionNextAt = 12;

    /// <summary>A copy of the file in which one version is wished for and not required.</summary>
    /// <exception cref="InvalidDataException">The file does not ask for it exactly once.</exception>
    internal static byte[] Relaxed(ReadOnlySpan<byte> file, string version)
    {
        byte[] copy = file.ToArray();
        int[] found = [.. Versions(copy).Where(entry => NameOf(copy, entry) == version).Select(entry => entry.At)];
        if (found.Length != 1)
            throw new InvalidDataException($"the file asks for {version} {found.Length} times, expected once");
        copy[found[0] + VersionFlagsAt] |= Weak;
        return copy;
    }

    /// <summary>Where each version's entry lies, and where the section's names begin.</summary>
    private static IEnumerable<(int At, int Names)> Versions(byte[] file)
    {
        for (int section = 0; section < UInt16(file, SectionCountAt); section++)
        {
            int header = Offset(file, SectionsAt) + section * UInt16(file, SectionSizeAt);
            if ((uint)Int32(file, header + SectionTypeAt) != NeedsSection)
                continue;
            int names = Offset(file, SectionsAt) + Int32(file, header + SectionLinkAt) * UInt16(file, SectionSizeAt);
            int next;
            for (int library = Offset(file, header + SectionOffsetAt); ; library += next)
            {
                int version = library + Int32(file, library + LibraryVersionsAt);
                for (int left = UInt16(file, library + LibraryCountAt); left > 0; left--)
                {
                    yield return (version, Offset(file, names + SectionOffsetAt));
                    version += Int32(file, version + VersionNextAt);
                }
                next = Int32(file, library + LibraryNextAt);
                if (next == 0)
                    break;
            }
        }
    }

    private static string NameOf(byte[] file, (int At, int Names) entry)
    {
        ReadOnlySpan<byte> text = file.AsSpan(entry.Names + Int32(file, entry.At + VersionNameAt));
        return Encoding.ASCII.GetString(text[..text.IndexOf((byte)0)]);
    }

    private static int UInt16(byte[] file, int at) => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at));

    private static int Int32(byte[] file, int at) => BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at));

    private static int Offset(byte[] file, int at) =>
        checked((int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at)));
}
