using System.Text.Json;

namespace DynamicRcnn.Report;

/// <summary>Numbers as short as a picture needs them. What is not finite becomes null, a gap.</summary>
internal static class Numbers
{
    private const double Largest = 1e27; // a decimal has 28 digits
    private const int MostDecimals = 27;

    internal static void Write(Utf8JsonWriter json, double value, int significantDigits)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(Rounded(value, significantDigits));
        }
        else
        {
            json.WriteNullValue();
        }
    }

    internal static void WriteArray(
        Utf8JsonWriter json,
        string name,
        IEnumerable<double> values,
        int significantDigits = 5
    )
    {
        json.WriteStartArray(name);
        foreach (double value in values)
        {
            Write(json, value, significantDigits);
        }
        json.WriteEndArray();
    }

    internal static void WriteArray(Utf8JsonWriter json, string name, IEnumerable<int> values)
    {
        json.WriteStartArray(name);
        foreach (int value in values)
        {
            json.WriteNumberValue(value);
        }
        json.WriteEndArray();
    }

    // A decimal is written with the digits that it has, a double sometimes with seventeen.
    private static decimal Rounded(double value, int significantDigits)
    {
        if (value == 0)
        {
            return 0;
        }
        int exponent = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        int decimals = Math.Clamp(significantDigits - 1 - exponent, 0, MostDecimals);
        return Math.Round((decimal)Math.Clamp(value, -Largest, Largest), decimals);
    }
}
