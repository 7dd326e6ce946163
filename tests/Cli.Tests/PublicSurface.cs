using System.Reflection;

namespace DynamicRcnn.Cli.Tests;

/// <summary>What a package offers to programs, one line for a type or a member. What compilers add to records and unions is left out.</summary>
internal static class PublicSurface
{
    private const BindingFlags OfType =
        BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Of records and unions, whatever they hold.</summary>
    private static readonly HashSet<string> everywhere =
    [
        "CompareTo",
        "Deconstruct",
        "Equals",
        "GetHashCode",
        "Tag",
        "Tags",
        "ToString",
        "<Clone>$",
    ];

    private static readonly Dictionary<Type, string> keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
    };

    /// <summary>The lines of an assembly, in the order of the names.</summary>
    public static IEnumerable<string> Of(Assembly assembly) =>
        assembly
            .GetExportedTypes()
            .Where(type => !everywhere.Contains(type.Name) && type.Namespace?.StartsWith('<') == false)
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .SelectMany(type => Members(type).Order(StringComparer.Ordinal).Prepend(Head(type)));

    private static string Head(Type type)
    {
        string kind =
            type.IsEnum ? "enum"
            : type.IsInterface ? "interface"
            : type.IsValueType ? "struct"
            : type is { IsAbstract: true, IsSealed: true } ? "static class"
            : type.IsAbstract ? "abstract class"
            : "class";
        string parent =
            type.BaseType is { } parentType
            && parentType != typeof(object)
            && parentType != typeof(ValueType)
            && !type.IsEnum
                ? $" : {Name(parentType)}"
                : "";
        return $"{kind} {type.Namespace}.{Name(type)}{parent}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            return [$"  {Method(type.GetMethod("Invoke")!)}"];
        }
        IEnumerable<string> constructors = type.GetConstructors(OfType).Select(each => $"new({Parameters(each)})");
        IEnumerable<string> fields = type.GetFields(OfType)
            .Where(field => !field.IsSpecialName)
            .Select(field => $"{Static(field.IsStatic)}{Name(field.FieldType)} {field.Name}");
        IEnumerable<string> properties = type.GetProperties(OfType).Where(IsOwn).Select(Property);
        IEnumerable<string> methods = type.GetMethods(OfType)
            .Where(method =>
                !method.IsSpecialName
                && !everywhere.Contains(method.Name)
                && !method.Name.StartsWith("get_", StringComparison.Ordinal)
            )
            .Select(Method);
        return [.. constructors.Concat(fields).Concat(properties).Concat(methods).Select(line => "  " + line)];
    }

    // A union's tests for its cases follow from the cases.
    private static bool IsOwn(PropertyInfo property) =>
        !everywhere.Contains(property.Name)
        && !(
            property.Name.StartsWith("Is", StringComparison.Ordinal)
            && property.DeclaringType!.GetProperty("Tag") is not null
        );

    private static string Property(PropertyInfo property)
    {
        MethodInfo accessor = property.GetMethod ?? property.SetMethod!;
        string set = property.SetMethod is { IsPublic: true } ? " set;" : "";
        string index = property.GetIndexParameters() is { Length: > 0 } indices
            ? $"[{string.Join(", ", indices.Select(parameter => Name(parameter.ParameterType)))}]"
            : "";
        return $"{Static(accessor.IsStatic)}{Name(property.PropertyType)} {property.Name}{index} {{ get;{set} }}";
    }

    private static string Method(MethodInfo method)
    {
        string generic = method.IsGenericMethod
            ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>"
            : "";
        return $"{Static(method.IsStatic)}{Name(method.ReturnType)} {method.Name}{generic}({Parameters(method)})";
    }

    private static string Parameters(MethodBase method) =>
        string.Join(
            ", ",
            method
                .GetParameters()
                .Select(parameter =>
                    $"{Name(parameter.ParameterType)} {parameter.Name}{(parameter.IsOptional ? " = default" : "")}"
                )
        );

    private static string Static(bool isStatic) => isStatic ? "static " : "";

    private static string Name(Type type)
    {
        if (keywords.TryGetValue(type, out string? keyword))
        {
            return keyword;
        }
        if (type.IsByRef)
        {
            return $"ref {Name(type.GetElementType()!)}";
        }
        if (type.IsArray)
        {
            return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }
        string own = type.Name.Split('`')[0];
        string arguments =
            type.IsGenericType && type.Name.Contains('`', StringComparison.Ordinal)
                ? $"<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
                : "";
        string outer = type is { IsNested: true, IsGenericParameter: false } ? $"{Name(type.DeclaringType!)}." : "";
        return outer + own + arguments;
    }
}
