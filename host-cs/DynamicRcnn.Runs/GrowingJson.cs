using System.Buffers;
using System.Text.Json;

namespace DynamicRcnn.Runs;

/// <summary>A JSON file that is written bit by bit beside other work, and has its name once it is whole.</summary>
internal sealed class GrowingJson : IDisposable
{
    private readonly ArrayBufferWriter<byte> buffer = new();
    private readonly Utf8JsonWriter json;
    private readonly GrowingFile file;

    /// <summary>Begins the file beside its place.</summary>
    /// <param name="path">Its name in the end.</param>
    /// <param name="indented">For people.</param>
    /// <exception cref="IOException">The folder does not take it.</exception>
    internal GrowingJson(string path, bool indented = false)
    {
        file = new GrowingFile(path);
        json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = indented });
    }

    /// <summary>Writes a further part.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    internal void Write(Action<Utf8JsonWriter> write)
    {
        write(json);
        json.Flush();
        file.Write(buffer.WrittenSpan);
        buffer.Clear();
    }

    /// <summary>Gives the file its name, if no other file has taken that meanwhile.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    internal void Finish() => file.Finish();

    /// <summary>Removes a file that was not finished.</summary>
    public void Dispose()
    {
        json.Dispose();
        file.Dispose();
    }
}
