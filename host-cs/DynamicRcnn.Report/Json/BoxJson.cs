using System.Text.Json;

namespace DynamicRcnn.Report;

/// <summary>Boxes as flat lists of numbers: a report holds tens of thousands of them.</summary>
internal static class BoxJson
{
    private const int Digits = 5;

    /// <summary>Four coordinates, the class, and the score or whether it is a crowd.</summary>
    internal static void Write(Utf8JsonWriter json, ReadOnlySpan<float> numbers)
    {
        json.WriteStartArray();
        foreach (float number in numbers)
        {
            Numbers.Write(json, number, Digits);
        }
        json.WriteEndArray();
    }
}
