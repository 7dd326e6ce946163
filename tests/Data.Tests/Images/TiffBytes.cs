using System.Buffers.Binary;

namespace DynamicRcnn.Data.Tests.Images;

/// <summary>Writes an unpacked TIFF file of 8-bit RGB with an orientation; the codec under test has no part in it.</summary>
internal static class TiffBytes
{
    /// <param name="image">The picture, as stored.</param>
    /// <param name="orientation">Of the tag.</param>
    /// <param name="little">Little endian, "II"; otherwise "MM".</param>
    /// <param name="last">The directory lies behind the pixels instead of in front of them.</param>
    internal static byte[] Write(RgbImage image, int orientation, bool little, bool last)
    {
        const int header = 8;
        (int Tag, int Type, int Value)[] entries =
        [
            (256, 3, image.Width),
            (257, 3, image.Height),
            (258, 3, 0), // three numbers, behind the directory
            (259, 3, 1),
            (262, 3, 2),
            (273, 4, 0),
            (274, 3, orientation),
            (277, 3, 3),
            (278, 3, image.Height),
            (279, 4, image.Pixels.Length),
        ];
        int directoryBytes = 2 + (12 * entries.Length) + 4 + 6;
        int directory = last ? header + image.Pixels.Length : header;
        int pixels = last ? header : header + directoryBytes;
        byte[] file = new byte[header + directoryBytes + image.Pixels.Length];
        (little ? "II"u8 : "MM"u8).CopyTo(file);
        Short(2, 42);
        Long(4, directory);
        Short(directory, entries.Length);
        int bits = directory + directoryBytes - 6;
        for (int i = 0; i < entries.Length; i++)
        {
            (int tag, int type, int value) = entries[i];
            int at = directory + 2 + (12 * i);
            Short(at, tag);
            Short(at + 2, type);
            Long(at + 4, tag == 258 ? 3 : 1);
            if (tag == 258)
            {
                Long(at + 8, bits);
            }
            else if (type == 3)
            {
                Short(at + 8, value);
            }
            else
            {
                Long(at + 8, tag == 273 ? pixels : value);
            }
        }
        for (int channel = 0; channel < 3; channel++)
        {
            Short(bits + (2 * channel), 8);
        }
        image.Pixels.CopyTo(file, pixels);
        return file;

        void Short(int at, int value)
        {
            Span<byte> to = file.AsSpan(at, 2);
            if (little)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)value);
            }
            else
            {
                BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)value);
            }
        }

        void Long(int at, int value)
        {
            Span<byte> to = file.AsSpan(at, 4);
            if (little)
            {
                BinaryPrimitives.WriteInt32LittleEndian(to, value);
            }
            else
            {
                BinaryPrimitives.WriteInt32BigEndian(to, value);
            }
        }
    }
}
