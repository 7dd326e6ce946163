namespace DynamicRcnn.Data.Tests.Images;

/// <summary>
/// Writes baseline JPEG files of 8 x 8 pixels with one value a component, which decode exactly: quantisation by 1, only
/// the constant coefficient, and Huffman codes of four bits. The codec under test has no part in it.
/// </summary>
internal static class JpegBytes
{
    /// <summary>The file.</summary>
    /// <param name="components">1 (grey), 3 or 4 stored values.</param>
    /// <param name="adobeTransform">0 none, 1 YCbCr, 2 YCCK; null writes no Adobe segment.</param>
    /// <param name="width">The width that the header states.</param>
    /// <param name="height">The height that the header states.</param>
    internal static byte[] Uniform(byte[] components, byte? adobeTransform, int width = 8, int height = 8)
    {
        List<byte> file = [0xFF, 0xD8];
        if (adobeTransform is { } transform)
        {
            Segment(file, 0xEE, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, transform]);
        }
        Segment(file, 0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]);
        List<byte> frame = [8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width];
        List<byte> scan = [(byte)components.Length];
        frame.Add((byte)components.Length);
        for (int i = 1; i <= components.Length; i++)
        {
            frame.AddRange([(byte)i, 0x11, 0]);
            scan.AddRange([(byte)i, 0]);
        }
        Segment(file, 0xC0, [.. frame]);
        // Constant coefficient: sizes 0 to 11 as the four-bit codes 0 to 11. Others: the code 0 ends the block.
        Segment(file, 0xC4, [0x00, 0, 0, 0, 12, .. new byte[12], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        Segment(file, 0xC4, [0x10, 1, .. new byte[15], 0]);
        Segment(file, 0xDA, [.. scan, 0, 63, 0]);
        file.AddRange(Pack(components));
        file.AddRange([0xFF, 0xD9]);
        return [.. file];
    }

    /// <summary>A progressive grey picture of 8 x 8 pixels: a scan for the constant coefficient, then one for each bit of one coefficient after another.</summary>
    /// <param name="scans">At most 631, of which all are needed for a whole picture.</param>
    internal static byte[] Progressive(int scans)
    {
        const int HighestBit = 9;
        List<byte> file = [0xFF, 0xD8];
        Segment(file, 0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]);
        Segment(file, 0xC2, [8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
        // One code of one bit in both tables: a difference of 0, and the end of the block.
        Segment(file, 0xC4, [0x00, 1, .. new byte[15], 0]);
        Segment(file, 0xC4, [0x10, 1, .. new byte[15], 0]);
        for (int scan = 0; scan < scans; scan++)
        {
            int coefficient = scan == 0 ? 0 : 1 + ((scan - 1) / (HighestBit + 1));
            int bit = scan == 0 ? 0 : HighestBit - ((scan - 1) % (HighestBit + 1));
            int before = scan == 0 || bit == HighestBit ? 0 : bit + 1;
            Segment(file, 0xDA, [1, 1, 0, (byte)coefficient, (byte)coefficient, (byte)((before << 4) | bit)]);
            file.Add(0x7F);
        }
        file.AddRange([0xFF, 0xD9]);
        return [.. file];
    }

    private static void Segment(List<byte> file, byte marker, byte[] body)
    {
        int length = body.Length + 2;
        file.AddRange([0xFF, marker, (byte)(length >> 8), (byte)length]);
        file.AddRange(body);
    }

    private static List<byte> Pack(byte[] components)
    {
        string bits = "";
        foreach (byte value in components)
        {
            int coefficient = 8 * (value - 128);
            int size = coefficient == 0 ? 0 : int.Log2(Math.Abs(coefficient)) + 1;
            int code = coefficient >= 0 ? coefficient : coefficient + (1 << size) - 1;
            bits += Convert.ToString(size, 2).PadLeft(4, '0');
            bits += size == 0 ? "" : Convert.ToString(code, 2).PadLeft(size, '0');
            bits += "0";
        }
        List<byte> bytes = [];
        for (int at = 0; at < bits.Length; at += 8)
        {
            byte packed = Convert.ToByte(bits.Substring(at, Math.Min(8, bits.Length - at)).PadRight(8, '1'), 2);
            bytes.Add(packed);
            if (packed == 0xFF)
            {
                bytes.Add(0); // a stuffed zero: not a marker
            }
        }
        return bytes;
    }
}
