using System.Reflection;
using DynamicRcnn.Core;
using Xunit;

namespace DynamicRcnn.Cli.Tests;

/// <summary>One base for all exceptions of the project's own.</summary>
public sealed class ExceptionsTests
{
    [Fact]
    public void Every_exception_of_ours_has_the_one_base()
    {
        Assembly program = typeof(Failure).Assembly;
        Type[] exceptions =
        [
            .. Assemblies(program)
                .SelectMany(each => each.GetTypes())
                .Where(type => type.IsSubclassOf(typeof(Exception))),
        ];
        Assert.Contains(exceptions, type => type.Name == "LibtorchException");
        Assert.Contains(exceptions, type => type.Name == "PeerFailureException");
        Assert.True(exceptions.Length >= 9, string.Join(", ", exceptions.Select(type => type.Name)));
        Assert.All(exceptions, type => Assert.True(typeof(DynamicRcnnException).IsAssignableFrom(type), type.FullName));
    }

    private static IEnumerable<Assembly> Assemblies(Assembly program) =>
        program
            .GetReferencedAssemblies()
            .Where(name => name.Name!.StartsWith("DynamicRcnn.", StringComparison.Ordinal))
            .Select(Assembly.Load)
            .Append(program);
}
