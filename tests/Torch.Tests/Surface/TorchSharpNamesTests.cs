using System.Reflection;
using Xunit;

namespace DynamicRcnn.Torch.Tests.Surface;

/// <summary>The model's sources compile against TorchSharp when their imports change; so our public members are TorchSharp's.</summary>
public static class TorchSharpNamesTests
{
    private const string Ours = "DynamicRcnn.Torch";
    private const string Theirs = "TorchSharp";
    private static readonly Assembly Layer = typeof(torch).Assembly;

    /// <summary>What TorchSharp has not, or has under another name: the operators, the exceptions, c10d.</summary>
    private static readonly Type[] OurOwn =
    [
        typeof(ops),
        typeof(OperatorTime),
        typeof(KernelLibrary),
        typeof(Libtorch),
        typeof(TorchException),
        typeof(LibtorchException),
        typeof(CollectiveException),
        typeof(CollectiveGroup),
        typeof(GradientBuckets),
        typeof(MeetingPoint),
        typeof(Patience),
    ];

    public static TheoryData<string> Sections => [.. TorchSharpNames.Read().Sections.Distinct()];

    [Fact]
    public static void Public_types_live_where_TorchSharps_do()
    {
        ILookup<string, string[]> listed = TorchSharpNames.Read().Types;
        IEnumerable<string> types = Layer.GetExportedTypes().Except(OurOwn).Select(InTorchSharp);
        Assert.Equal("", string.Join('\n', types.Where(type => !listed.Contains(type)).Order()));
    }

    [Fact]
    public static void Enumerations_name_what_TorchSharps_name()
    {
        ILookup<string, string[]> listed = TorchSharpNames.Read().Types;
        Type[] enumerations = [.. Layer.GetExportedTypes().Where(type => type.IsEnum)];
        Assert.NotEmpty(enumerations);
        Assert.All(enumerations, type => Assert.Empty(Enum.GetNames(type).Except(listed[InTorchSharp(type)].Single())));
    }

    [Theory]
    [MemberData(nameof(Sections))]
    public static void Public_members_have_TorchSharps_names_and_signatures(string section)
    {
        Member[] listed = [.. TorchSharpNames.Read().Members(section)];
        Member[] members = [.. Declared(Layer.GetType(InOurs(section), throwOnError: true)!)];
        Assert.NotEmpty(members);
        IEnumerable<Member> unknown = members.Where(member => !listed.Any(member.IsPartOf));
        Assert.Equal("", string.Join('\n', unknown));
    }

    [Fact]
    public static void The_models_sources_name_no_tensor_layer()
    {
        string folder = Path.Combine(Repository.Folder(), "host-cs", "DynamicRcnn.Model");
        string[] sources = [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Where(IsWritten)];
        Assert.NotEmpty(sources);
        Assert.DoesNotContain(sources, path => File.ReadAllText(path).Contains(Ours, StringComparison.Ordinal));
    }

    private static bool IsWritten(string path) =>
        !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal);

    private static IEnumerable<Member> Declared(Type type)
    {
        const BindingFlags shown =
            BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        IEnumerable<Member> properties = type.GetProperties(shown)
            .Where(property => property.GetIndexParameters().Length == 0)
            .Select(Member.Of);
        IEnumerable<Member> methods = type.GetMethods(shown)
            .Where(method => !method.IsSpecialName && method.GetBaseDefinition().DeclaringType != typeof(object))
            .Select(Member.Of);
        return properties.Concat(methods);
    }

    private static string InTorchSharp(Type type) =>
        Theirs + type.FullName!.Split('`')[0][Ours.Length..].Replace('+', '.');

    /// <summary>Our type of a section: types inside the static class torch, and DisposeScope.</summary>
    private static string InOurs(string section) =>
        section.StartsWith("torch", StringComparison.Ordinal) ? $"{Ours}.{section.Replace('.', '+')}"
        : section.StartsWith("nn.", StringComparison.Ordinal) ? $"{Ours}.torch+{section.Replace('.', '+')}"
        : $"{Ours}.{section}";
}
