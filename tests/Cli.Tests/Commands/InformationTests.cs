using System.Text.RegularExpressions;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data.Demo;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>The commands that change nothing: help, version, presets, config, doctor, inspect.</summary>
public sealed class InformationTests : InFolder
{
    [Fact]
    public void Help_lists_every_command_and_every_exit_code()
    {
        string help = Drcnn.Succeed("--help");
        Assert.All(
            (string[])
                [
                    "train",
                    "eval",
                    "predict",
                    "convert",
                    "export",
                    "inspect",
                    "replay",
                    "report",
                    "watch",
                    "doctor",
                    "bench",
                    "demo",
                    "presets",
                    "config",
                ],
            command => Assert.Matches($@"(?m)^\s+{command}\b", help)
        );
        Assert.All(
            (int[])
                [
                    ExitCode.Done,
                    ExitCode.UnexpectedFault,
                    ExitCode.BadUsage,
                    ExitCode.BadInput,
                    ExitCode.RunFailed,
                    ExitCode.Interrupted,
                ],
            code => Assert.Matches($@"(?m)^\s+{code}\s+\w", help)
        );
        Assert.Contains("ended by a signal, with a checkpoint", help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "train",
        "--data --preset --out --iterations --seed --device --set --resume --quiet --verbose --threads"
    )]
    [InlineData(
        "eval",
        "--checkpoint --data --split --annotations --results --json --csv --preset --classes --threads"
    )]
    [InlineData("predict", "--checkpoint --out --score-threshold --preset --classes --threads")]
    [InlineData("convert", "--names --preset --config --classes --set")]
    [InlineData("export", "--input --raw --check --preset --config --classes --set --threads")]
    [InlineData("inspect", "--data --split --preset --set --suggest")]
    [InlineData("replay", "--top-iou-count --low-error-count --update-interval --rule --set --json --csv --report")]
    [InlineData("report", "--out")]
    [InlineData("watch", "--port")]
    [InlineData(
        "bench",
        "--data --split --preset --config --set --mode --short-side --batch --weights --steps --serve"
    )]
    [InlineData("demo", "--out --iterations --threads")]
    [InlineData("config", "--config --set")]
    [InlineData("doctor", "--threads")]
    [InlineData("presets", "--help")]
    public void Each_command_explains_its_options(string command, string options)
    {
        string help = Drcnn.Succeed(command, "--help");
        Assert.Contains($"drcnn {command}", help, StringComparison.Ordinal);
        Assert.All(options.Split(' '), option => Assert.Contains(option, help, StringComparison.Ordinal));
    }

    [Fact]
    public void The_program_prints_its_version_and_its_help_as_a_process_of_its_own()
    {
        ProcessRun version = ProcessRun.Of("dotnet", [Drcnn.Assembly, "--version"]);
        Assert.Equal((0, ""), (version.ExitCode, version.Errors));
        Assert.Matches(@"^drcnn \d+\.\d+\.\d+\S*\n$", version.Output);
    }

    [Fact]
    public void Presets_are_listed_and_each_can_be_printed_with_the_origin_of_its_values()
    {
        string presets = Drcnn.Succeed("presets");
        string[] names = [.. Presets.All.Select(preset => preset.Name)];
        Assert.NotEmpty(names);
        Assert.Matches(@"(?m)^official-r101-3x-ms\n.*\n.*\n    Published AP on COCO val2017: 44\.4$", presets);
        foreach (string name in names)
        {
            Assert.Contains($"{name}\n", presets, StringComparison.Ordinal);
            string config = Drcnn.Succeed("config", name);
            Assert.Matches($@"(?m)^solver\.iterations +\d+ +preset {Regex.Escape(name)}$", config);
        }
    }

    [Fact]
    public void Config_shows_what_files_and_assignments_change()
    {
        string file = folder.Write("my.json", """{ "preset": "r18-small", "solver": { "momentum": 0.8 } }""");
        string config = Drcnn.Succeed("config", "--config", file, "--set", "run.threads=3");
        Assert.Matches($@"(?m)^solver\.momentum +0\.8 +{Regex.Escape(file)}$", config);
        Assert.Matches(@"(?m)^run\.threads +3 +--set$", config);
        Assert.Matches(@"(?m)^run\.seed +1 +preset r18-small$", config);
    }

    [Fact]
    public void Doctor_ends_with_one_verdict()
    {
        string report = Drcnn.Succeed("doctor");
        Assert.Contains("libtorch", report, StringComparison.Ordinal);
        Assert.Contains("threads", report, StringComparison.Ordinal);
        Assert.Contains("ready", report.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_reports_each_split_and_what_each_rule_would_do()
    {
        string data = folder.Path("data");
        DemoFolder.Write(
            data,
            new DemoFolderOptions(Seed: 5, TrainImages: 3, ValidationImages: 2),
            TestContext.Current.CancellationToken
        );
        SortedDictionary<string, string> before = folder.Snapshot();
        string report = Drcnn.Succeed("inspect", "--data", data, "--suggest");
        Assert.Matches(@"(?m)split train\n  images +3, ", report);
        Assert.Matches(@"(?m)split val\n  images +2, ", report);
        foreach (string rule in new[] { "ProposalsOnly", "Official", "MMDetection" })
        {
            Assert.Equal(2, Regex.Count(report, $@"(?m)^  {rule} +(at most )?\d"));
        }

        Assert.EndsWith(
            "\n3 images to train on, 2 to evaluate; r50-c4-small: 2000 iterations of 2 images = 1333.3 epochs\n"
                + $"  drcnn train --data {data} --preset r50-c4-small --out runs/first\n",
            report,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            "split train",
            Drcnn.Succeed("inspect", "--data", data, "--split", "val"),
            StringComparison.Ordinal
        );
        Assert.Equal(before, folder.Snapshot());
    }
}
