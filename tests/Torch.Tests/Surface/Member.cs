using System.Globalization;
using System.Reflection;

namespace DynamicRcnn.Torch.Tests.Surface;

/// <summary>A parameter as the lists write it; no default = it must be given.</summary>
internal sealed record Parameter(string Type, string Name, string? Default, bool Expanded);

/// <summary>A method, or a property: then without parameters.</summary>
internal sealed record Member(string Name, bool IsProperty, IReadOnlyList<Parameter> Parameters, string? Result)
{
    private const string Varying = "params ";

    /// <summary>From "name(type name = default, ...) : result" or "name { get; set; } : result".</summary>
    public static Member Parse(string text)
    {
        int end = text.IndexOfAny(['(', ' ']);
        int colon = text.LastIndexOf(" : ", StringComparison.Ordinal);
        string? result = colon < 0 ? null : Same(text[(colon + 3)..]);
        if (text[end] == ' ')
        {
            return new Member(text[..end], IsProperty: true, [], result);
        }
        string inside = text[(end + 1)..text.LastIndexOf(')', colon < 0 ? text.Length - 1 : colon)];
        return new Member(text[..end], IsProperty: false, [.. AtTop(inside).Select(ParseParameter)], result);
    }

    public static Member Of(PropertyInfo property) =>
        new(property.Name, IsProperty: true, [], TypeName.Of(property.PropertyType));

    public static Member Of(MethodInfo method) =>
        new(
            method.Name,
            IsProperty: false,
            [
                .. method
                    .GetParameters()
                    .Select(parameter => new Parameter(
                        TypeName.Of(parameter.ParameterType),
                        parameter.Name!,
                        parameter.HasDefaultValue ? Written(parameter.RawDefaultValue) : null,
                        parameter.IsDefined(typeof(ParamArrayAttribute))
                    )),
            ],
            TypeName.Of(method.ReturnType)
        );

    /// <summary>Whether what compiles against this member compiles against the listed one and means the same.</summary>
    public bool IsPartOf(Member listed)
    {
        bool detailed = listed.Result is not null; // a section with results has defaults too
        IEnumerable<Parameter> rest = listed.Parameters.Skip(Parameters.Count);
        return Name == listed.Name
            && IsProperty == listed.IsProperty
            && Parameters.Count <= listed.Parameters.Count
            && (!detailed || rest.All(parameter => parameter.Default is not null))
            && (!detailed || Result == listed.Result)
            && Parameters.Zip(listed.Parameters).All(pair => Fits(pair.First, pair.Second, detailed));
    }

    public override string ToString()
    {
        IEnumerable<string> parameters = Parameters.Select(parameter =>
            $"{(parameter.Expanded ? Varying : "")}{parameter.Type} {parameter.Name}"
            + (parameter.Default is null ? "" : $" = {parameter.Default}")
        );
        return Name + (IsProperty ? "" : $"({string.Join(", ", parameters)})") + $" : {Result}";
    }

    private static bool Fits(Parameter ours, Parameter theirs, bool withDefault) =>
        ours.Type == theirs.Type
        && ours.Name == theirs.Name
        && (theirs.Expanded || !ours.Expanded)
        && (ours.Default is null || !withDefault || ours.Default == theirs.Default);

    private static Parameter ParseParameter(string text)
    {
        string[] sides = text.Split(" = ");
        bool expanded = sides[0].StartsWith(Varying, StringComparison.Ordinal);
        string declared = expanded ? sides[0][Varying.Length..] : sides[0];
        int space = declared.LastIndexOf(' ');
        string? given = sides.Length > 1 ? sides[1] : null;
        return new Parameter(Same(declared[..space]), declared[(space + 1)..], given, expanded);
    }

    /// <summary>The parts between commas outside every bracket.</summary>
    private static IEnumerable<string> AtTop(string text)
    {
        int depth = 0;
        int start = 0;
        for (int place = 0; place < text.Length; place++)
        {
            depth +=
                "([<".Contains(text[place]) ? 1
                : ")]>".Contains(text[place]) ? -1
                : 0;
            if (text[place] == ',' && depth == 0)
            {
                yield return text[start..place].Trim();
                start = place + 1;
            }
        }
        if (start < text.Length)
        {
            yield return text[start..].Trim();
        }
    }

    /// <summary>One spelling for what the lists write in two ways.</summary>
    private static string Same(string type) =>
        type == "Double" ? "double"
        : type.StartsWith("ValueTuple<", StringComparison.Ordinal) ? $"({type["ValueTuple<".Length..^1]})"
        : type;

    private static string Written(object? value) =>
        value switch
        {
            null => "null",
            string text => $"\"{text}\"",
            Enum choice => choice.ToString("D"),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
}
