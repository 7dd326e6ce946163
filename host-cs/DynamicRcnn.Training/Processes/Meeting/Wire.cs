using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace DynamicRcnn.Training;

/// <summary>What a process asks of the store: this byte, a key, a value, and how many milliseconds it waits.</summary>
internal enum Question : byte
{
    /// <summary>Keeps the value under the key, unless there is one.</summary>
    Put = 1,

    /// <summary>The value under the key, waiting for it.</summary>
    Take = 2,

    /// <summary>Counts one more sign of life.</summary>
    Beat = 3,

    /// <summary>Ends the job, the value being the sentence, unless it has ended.</summary>
    Fail = 4,

    /// <summary>The process leaves in good order: that its connections close says nothing.</summary>
    Leave = 5,
}

/// <summary>How an answer of the store is meant: this byte, and a value.</summary>
internal enum Answer : byte
{
    /// <summary>There is nothing to say; to a greeting: this is the store of another job.</summary>
    Nothing = 0,

    /// <summary>The value that was asked for.</summary>
    Value = 1,

    /// <summary>The job has failed; the value is the sentence.</summary>
    Failure = 2,
}

/// <summary>Messages on a connection. What comes in is never trusted: lengths are bounded, and what is wrong is an IOException.</summary>
internal static class Wire
{
    /// <summary>The addresses of one process for 4,096 others fit.</summary>
    private const int LongestString = 1 << 20;

    internal static void Write(NetworkStream to, byte first, params ReadOnlySpan<byte[]> strings)
    {
        using MemoryStream message = new();
        message.WriteByte(first);
        foreach (byte[] each in strings)
        {
            message.Write(Bytes(each.Length));
            message.Write(each);
        }
        // At once: half a message would wait for the receipt of the other half.
        to.Write(message.GetBuffer().AsSpan(0, (int)message.Length));
    }

    internal static byte ReadByte(NetworkStream from)
    {
        int value = from.ReadByte();
        return value >= 0 ? (byte)value : throw new EndOfStreamException("the connection was closed");
    }

    internal static byte[] ReadString(NetworkStream from)
    {
        Span<byte> prefix = stackalloc byte[sizeof(int)];
        from.ReadExactly(prefix);
        int length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (length is < 0 or > LongestString)
        {
            throw new IOException($"a string of {length} bytes, expected at most {LongestString}");
        }
        byte[] bytes = new byte[length];
        from.ReadExactly(bytes);
        return bytes;
    }

    internal static string ReadText(NetworkStream from) => Encoding.UTF8.GetString(ReadString(from));

    internal static int ReadNumber(NetworkStream from) =>
        ReadString(from) is { Length: sizeof(int) } bytes
            ? BinaryPrimitives.ReadInt32LittleEndian(bytes)
            : throw new IOException("expected a number");

    internal static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    internal static byte[] Bytes(int number)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }
}
