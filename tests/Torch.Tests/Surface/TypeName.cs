namespace DynamicRcnn.Torch.Tests.Surface;

/// <summary>Types as the lists write them: by C#'s words, without namespace or outer type.</summary>
internal static class TypeName
{
    private static readonly Dictionary<Type, string> Words = new()
    {
        [typeof(void)] = "void",
        [typeof(bool)] = "bool",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(nint)] = "nint",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(string)] = "string",
    };

    public static string Of(Type type)
    {
        if (Words.TryGetValue(type, out string? word))
        {
            return word;
        }
        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!)}[]";
        }
        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return $"{Of(value)}?";
        }
        if (!type.IsGenericType)
        {
            return type.Name;
        }
        string arguments = string.Join(", ", type.GetGenericArguments().Select(Of));
        string name = type.Name.Split('`')[0];
        return name == nameof(ValueTuple) ? $"({arguments})" : $"{name}<{arguments}>";
    }
}
