using System.Text.RegularExpressions;
using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Which libtorch a process loads, and what is said where it is not there.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class LibtorchTests(TrainedRun trained) : InFolder
{
    private static readonly string[] libraries =
    [
        "libc10.so",
        "libtorch_cpu.so",
        "libtorch.so",
        "libgomp-98b21ff3.so.1",
    ];

    [Fact]
    public void A_folder_without_libtorch_is_named_in_one_sentence()
    {
        Drcnn.RequireOneSentence(
            Train(folder.Root),
            ExitCode.RunFailed,
            [$"DRCNN_LIBTORCH is '{folder.Root}'", "libtorch_cpu.so"]
        );
    }

    [Fact]
    public void Another_version_is_named_in_one_sentence()
    {
        // Any library that does not say its version, as those before 2.10 do not.
        File.Copy(Path.Combine(AppContext.BaseDirectory, "libjpeg.so.62"), folder.Path("libtorch_cpu.so"));
        Drcnn.RequireOneSentence(
            Train(folder.Root),
            ExitCode.RunFailed,
            [folder.Root, "holds libtorch before 2.10, expected 2.10"]
        );
    }

    [Fact]
    public void A_named_folder_wins_over_the_package_beside_the_program_and_one_libtorch_is_loaded()
    {
        foreach (string library in libraries)
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, "libtorch", "lib", library), folder.Path(library));
        }

        ProcessRun run = Train(folder.Root);
        Assert.True(run.ExitCode == 0, run.Errors);
        string[] loaded =
        [
            .. Regex
                .Matches(run.Errors, @"calling init: (\S+/libtorch_cpu\.so)")
                .Select(match => match.Groups[1].Value)
                .Distinct(),
        ];
        Assert.Equal([folder.Path("libtorch_cpu.so")], loaded);
    }

    [Fact]
    public void Doctor_names_the_version_and_the_folder()
    {
        ProcessRun run = ProcessRun.Of("dotnet", [Drcnn.Assembly, "doctor"]);
        Assert.Matches(@"\nlibtorch +2\.10\.\d+ in /\S+", run.Output);
    }

    [Fact]
    public void Without_the_kernels_nothing_starts()
    {
        string program = folder.Path("program");
        Directory.CreateDirectory(program);
        Directory.CreateSymbolicLink(
            Path.Combine(program, "libtorch"),
            Path.Combine(AppContext.BaseDirectory, "libtorch")
        );
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory))
        {
            if (!file.EndsWith("libdrcnn_kernels.so", StringComparison.Ordinal))
            {
                File.Copy(file, Path.Combine(program, Path.GetFileName(file)));
            }
        }

        ProcessRun run = ProcessRun.Of("dotnet", [Path.Combine(program, "drcnn.dll"), "doctor"]);
        Assert.Equal(ExitCode.RunFailed, run.ExitCode);
        Assert.Contains("our kernels (libdrcnn_kernels.so) cannot be used", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("presets")]
    [InlineData("config", "tiny-demo")]
    [InlineData("inspect", "--data", "DATA")]
    [InlineData("doctor")]
    [InlineData("eval", "--annotations", "TRUTH", "--results", "RESULTS")]
    public void What_runs_no_detector_needs_no_libtorch(params string[] arguments)
    {
        File.WriteAllText(
            folder.Path("truth.json"),
            """
            {"images":[{"id":1,"width":9,"height":9}],"categories":[{"id":1,"name":"disc"}],
             "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,5,5],"area":25,"iscrowd":0}]}
            """
        );
        File.WriteAllText(
            folder.Path("results.json"),
            """[{"image_id":1,"category_id":1,"bbox":[1,1,5,5],"score":0.9}]"""
        );
        Dictionary<string, string> places = new()
        {
            ["DATA"] = trained.Data,
            ["TRUTH"] = folder.Path("truth.json"),
            ["RESULTS"] = folder.Path("results.json"),
        };
        ProcessRun run = ProcessRun.Of(
            "dotnet",
            [Drcnn.Assembly, .. arguments.Select(argument => places.GetValueOrDefault(argument, argument))],
            new Dictionary<string, string?> { ["DRCNN_LIBTORCH"] = folder.Root }
        );
        int expected = arguments[0] == "doctor" ? ExitCode.RunFailed : ExitCode.Done; // which says that it is missing
        Assert.True(run.ExitCode == expected, $"exit code {run.ExitCode}: {run.Errors}");
        Assert.NotEmpty(run.Output);
    }

    private ProcessRun Train(string libtorch) =>
        ProcessRun.Of(
            "dotnet",
            [Drcnn.Assembly, .. ProcessesTests.Last(trained.TrainArguments(folder.Path("run"), "--iterations", "1"))],
            new Dictionary<string, string?>
            {
                ["DRCNN_LIBTORCH"] = libtorch,
                ["LD_DEBUG"] = libtorch == folder.Root && File.Exists(folder.Path(libraries[0])) ? "files" : null,
            }
        );
}
