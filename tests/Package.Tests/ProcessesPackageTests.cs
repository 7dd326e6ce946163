using DynamicRcnn.Training;
using Xunit;

namespace DynamicRcnn.Package.Tests;

/// <summary>Several processes need a package beside that of the training.</summary>
public sealed class ProcessesPackageTests
{
    private const string Code = """
        Console.WriteLine(DynamicRcnn.Training.ProcessGroup.Problem ?? "several");
        """;

    [Fact]
    public void A_program_with_the_package_can_train_with_several_processes_and_one_without_is_told_its_name()
    {
        if (ProcessGroup.Problem is { } problem)
        {
            Assert.Skip(problem);
        }
        using FreshProgram without = new(Code, "DynamicRcnn.Training");
        Assert.Contains("reference the package DynamicRcnn.Processes", without.Run(), StringComparison.Ordinal);
        using FreshProgram with = new(Code, "DynamicRcnn.Training", "DynamicRcnn.Processes");
        Assert.Equal("several", with.Run().Trim());
    }
}
