using System.Runtime.InteropServices;

namespace DynamicRcnn.Weights;

/// <summary>What no trained weight can be.</summary>
internal static class WeightValues
{
    private const string Variance = ".running_var";
    private const ushort BFloat16Exponent = 0x7F80;
    private const ushort BFloat16Sign = 0x8000;

    /// <summary>What is wrong with a tensor's elements, as the end of a sentence; null when nothing is.</summary>
    /// <param name="name">Its name in the detector: a batch norm's variances are not negative.</param>
    /// <param name="tensor">The tensor.</param>
    public static string? Problem(string name, StoredTensor tensor)
    {
        ReadOnlySpan<byte> data = tensor.Data.Span;
        (bool floating, bool finite, bool negative) = tensor.Type switch
        {
            torch.ScalarType.Float64 => Of<double>(data, double.IsFinite, value => value < 0),
            torch.ScalarType.Float32 => Of<float>(data, float.IsFinite, value => value < 0),
            torch.ScalarType.Float16 => Of<Half>(data, Half.IsFinite, value => value < Half.Zero),
            torch.ScalarType.BFloat16 => Of<ushort>(
                data,
                value => (value & BFloat16Exponent) != BFloat16Exponent,
                value => value > BFloat16Sign
            ),
            _ => (false, true, false),
        };
        return !floating ? $"has elements of type {tensor.Type}"
            : !finite ? "holds NaN or an infinity"
            : negative && name.EndsWith(Variance, StringComparison.Ordinal) ? "holds a negative variance"
            : null;
    }

    private static (bool Floating, bool Finite, bool Negative) Of<T>(
        ReadOnlySpan<byte> data,
        Predicate<T> isFinite,
        Predicate<T> isNegative
    )
        where T : struct
    {
        bool finite = true;
        bool negative = false;
        foreach (T value in MemoryMarshal.Cast<byte, T>(data))
        {
            finite &= isFinite(value);
            negative |= isNegative(value);
        }
        return (true, finite, negative);
    }
}
