using System.Reflection;
using Xunit;

namespace DynamicRcnn.Cli.Tests;

/// <summary>The members that packages offer are on record, so that a change of them is seen in a review.</summary>
public sealed class PublicSurfaceTests
{
    private const string Write = "DRCNN_WRITE_DOCS";

    [Theory]
    [InlineData("Core")]
    [InlineData("Data")]
    [InlineData("Model")]
    [InlineData("Runs")]
    [InlineData("Weights")]
    [InlineData("Detection")]
    [InlineData("Training")]
    [InlineData("Report")]
    [InlineData("Onnx")]
    public void A_package_offers_what_is_on_record(string package)
    {
        string file = Path.Combine(Repository.Root, "docs", "surface", $"DynamicRcnn.{package}.txt");
        string surface = string.Join('\n', PublicSurface.Of(Assembly.Load($"DynamicRcnn.{package}"))) + '\n';
        if (Environment.GetEnvironmentVariable(Write) is { Length: > 0 })
        {
            File.WriteAllText(file, surface);
        }
        Assert.True(
            File.ReadAllText(file) == surface,
            $"{file} is not what the package offers: if the change is meant, run this test with {Write}=1, and say it in CHANGELOG.md"
        );
    }
}
