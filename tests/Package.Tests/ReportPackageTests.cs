using Xunit;

namespace DynamicRcnn.Package.Tests;

/// <summary>The package that writes reports, in a stranger's program on a machine that has no Node and no libtorch.</summary>
public sealed class ReportPackageTests
{
    [Fact]
    public void It_writes_a_report_that_holds_the_plotting_library()
    {
        const string Code = """
            using DynamicRcnn.Report;

            Directory.CreateDirectory("run");
            File.WriteAllText("run/config.json", "{\"preset\":\"mine\"}");
            File.WriteAllText("run/log.jsonl", "{\"iteration\":1,\"loss\":2}\n");
            RunReport.Write("report.html", RunSource.Open(["run"]));
            string page = File.ReadAllText("report.html");
            Console.WriteLine(page.Contains("var uPlot=") && page.Contains("Permission is hereby granted"));
            """;
        using FreshProgram program = new(Code, "DynamicRcnn.Report");
        Assert.Equal("True", program.Run().Trim());
    }
}
