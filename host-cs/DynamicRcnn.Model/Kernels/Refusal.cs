namespace DynamicRcnn.Model.Kernels;

/// <summary>What an operator says of arguments that it cannot take: its name, the argument's, what was expected and what was got.</summary>
internal static class Refusal
{
    /// <exception cref="ArgumentException">It does not hold.</exception>
    internal static void Unless(bool holds, string name, string expected, Func<string> got)
    {
        if (!holds)
            throw new ArgumentException($"{name} must be {expected}, got {got()}");
    }

    /// <summary>A tensor of a number of dimensions.</summary>
    internal static void UnlessShape(bool holds, string name, string expected, Tensor tensor) =>
        Unless(holds, name, expected, () => Shape(tensor));

    /// <summary>A kernel takes memory of one device.</summary>
    internal static void UnlessBeside(string name, Tensor tensor, Tensor first)
    {
        if (tensor.device_type != first.device_type || tensor.device_index != first.device_index)
            throw new ArgumentException($"{name} must be on {first.device} as the first argument, got {tensor.device}");
    }

    internal static void UnlessType(string name, Tensor tensor, params ReadOnlySpan<ScalarType> types)
    {
        ScalarType type = tensor.dtype;
        if (!types.Contains(type))
            throw new ArgumentException($"{name} must be {Listed(types)}, got {NameOf(type)}");
    }

    internal static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    private static string Listed(ReadOnlySpan<ScalarType> types)
    {
        string[] names = new string[types.Length];
        for (int i = 0; i < names.Length; i++)
            names[i] = NameOf(types[i]);
        return names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} or {names[^1]}";
    }

    private static string NameOf(ScalarType type) => type.ToString().ToLowerInvariant();
}
