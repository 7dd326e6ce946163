namespace DynamicRcnn.Report;

/// <summary>Numbers as short as a picture needs them. What is not finite becomes null, a gap.</summary>
internal static class Numbers
{
    private const double Largest = 1e27; // a decimal has 28 digits
    private const int MostDecimals = 27;

    internal static decimal? Of(double value, int significantDigits = 5) =>
        double.IsFinite(value) ? Rounded(value, significantDigits) : null;

    internal static IEnumerable<decimal?> Of(IEnumerable<double> values, int significantDigits = 5) =>
        values.Select(value => Of(value, significantDigits));

    /// <summary>A box as a flat list: four coordinates, the class, and the score or whether it is a crowd. A report holds tens of thousands.</summary>
    internal static decimal?[] OfBox(float x1, float y1, float x2, float y2, int label, float last) =>
        [Of(x1), Of(y1), Of(x2), Of(y2), label, Of(last)];

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
