using System.Reflection;
using Xunit;

namespace DynamicRcnn.Cli.Tests;

/// <summary>Which project may use which, as docs/architecture.md draws it.</summary>
public sealed class LayersTests
{
    private const string Prefix = "DynamicRcnn.";

    [Theory]
    [InlineData("Core", "")]
    [InlineData("Data", "Core")]
    [InlineData("Runs", "Core Data")]
    [InlineData("Report", "Core Data Runs")]
    [InlineData("Onnx", "Core Data Runs")]
    [InlineData("Model", "Core")]
    [InlineData("Weights", "Core Data Model Runs")]
    [InlineData("Detection", "Core Data Model Runs Weights")]
    [InlineData("Training", "Core Data Detection Model Runs Weights")]
    public void A_project_uses_what_lies_below_it_alone(string project, string below)
    {
        string[] used = References(project);
        Assert.Empty(used.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Except(Names(below)));
    }

    [Theory]
    [InlineData("Core")]
    [InlineData("Data")]
    [InlineData("Runs")]
    [InlineData("Report")]
    [InlineData("Onnx")]
    public void What_has_no_tensor_needs_no_TorchSharp(string project) =>
        Assert.DoesNotContain("TorchSharp", References(project));

    private static string[] References(string project) =>
        [.. Assembly.Load(Prefix + project).GetReferencedAssemblies().Select(name => name.Name!)];

    private static IEnumerable<string> Names(string projects) => projects.Split(' ').Select(name => Prefix + name);
}
