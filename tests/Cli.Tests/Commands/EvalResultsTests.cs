using System.Text.Json;
using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>drcnn eval with a results file, against pycocotools.</summary>
public sealed class EvalResultsTests : InFolder
{
    private const string OneBox = """
        {
          "images": [{ "id": 1, "file_name": "a.jpg", "width": 99, "height": 99 }],
          "annotations": [{ "id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9], "area": 81, "iscrowd": 0 }],
          "categories": [{ "id": 1, "name": "cell" }]
        }
        """;

    [Fact]
    public void The_published_case_prints_the_published_figures()
    {
        string output = Drcnn.Succeed(
            "eval",
            "--annotations",
            Repository.Shared("data", "coco_eval", "instances_val2014_100.json"),
            "--results",
            Repository.Shared("data", "coco_eval", "instances_val2014_fakebbox100_results.json")
        );
        EvalTests.RequireSameFigures(
            output,
            [
                ("AP", 0.504581),
                ("AP50", 0.696973),
                ("AP75", 0.572982),
                ("APs", 0.585626),
                ("APm", 0.519400),
                ("APl", 0.501398),
                ("AR1", 0.386813),
                ("AR10", 0.593680),
                ("AR100", 0.595353),
                ("ARs", 0.639811),
                ("ARm", 0.566421),
                ("ARl", 0.564291),
            ]
        );
    }

    [Theory]
    [InlineData("set0", "hostile/set0_gt.json", "hostile/set0_dt.json")]
    [InlineData("set3", "hostile/set3_gt.json", "hostile/set3_dt.json")]
    [InlineData("published_100", "instances_val2014_100.json", "instances_val2014_fakebbox100_results.json")]
    public void The_file_holds_pycocotools_figures_to_1e_12(string name, string annotations, string results)
    {
        string json = folder.Path("figures.json");
        Drcnn.Succeed(
            "eval",
            "--annotations",
            Repository.Shared("data", "coco_eval", annotations),
            "--results",
            Repository.Shared("data", "coco_eval", results),
            "--json",
            json
        );
        using JsonDocument expected = JsonDocument.Parse(
            File.ReadAllText(Repository.Shared("data", "coco_eval", "hostile", "expected.json"))
        );
        JsonElement stats = expected.RootElement.GetProperty("sets").GetProperty(name).GetProperty("stats");
        (string Name, double Value)[] figures = EvalTests.FiguresOf(json);
        Assert.Equal(12, figures.Length);
        Assert.All(figures, figure => Assert.Equal(stats.GetProperty(figure.Name).GetDouble(), figure.Value, 1e-12));
    }

    [Fact]
    public void The_table_shows_rising_thresholds_and_sizes_for_each_class_and_both_files_take_the_place_of_older_ones()
    {
        string results = folder.Write(
            "results.json",
            """[{"image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9], "score": 0.5}]"""
        );
        string json = folder.Write("figures.json", "old");
        string csv = folder.Write("figures.csv", "old");
        string[] arguments = ["eval", "--annotations", Annotations(), "--results", results];
        string output = Drcnn.Succeed([.. arguments, "--json", json, "--csv", csv]);
        Assert.Contains("AP   AP50   AP75   AP90    APs  APm  APl  AR100", output, StringComparison.Ordinal);
        Assert.Contains("1.000000  Pascal VOC's", output, StringComparison.Ordinal);
        Assert.Contains("\"a.jpg\"", File.ReadAllText(json), StringComparison.Ordinal);
        Assert.Contains("\r\ncell,1,", File.ReadAllText(csv), StringComparison.Ordinal);
        Drcnn.Refuse(
            ExitCode.BadUsage,
            ["--json and --csv name the same file"],
            [.. arguments, "--json", json, "--csv", json]
        );
    }

    [Theory]
    [InlineData("[{\"image_id\":1,\"category_id\":1,\"score\":0.5}]", "[0].bbox is missing")]
    [InlineData("[{\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,9],\"score\":0.5}]", "[0].bbox is")]
    [InlineData("[{\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,9,9],\"score\":\"high\"}]", "[0].score is \"high\"")]
    [InlineData("[{\"image_id\":1.5,\"category_id\":1,\"bbox\":[0,0,9,9],\"score\":1}]", "[0].image_id is 1.5")]
    [InlineData("{}", "an array of results (predict --format coco writes one)")]
    [InlineData("[{\"image_id\":1,", "JSON")]
    [InlineData("", "JSON")]
    public void Results_that_are_none_are_refused_by_file_field_and_value(string results, string problem)
    {
        string annotations = Annotations();
        string path = folder.Write("results.json", results);
        string json = folder.Path("figures.json");
        Drcnn.Refuse(
            ExitCode.BadInput,
            [path, problem],
            ["eval", "--annotations", annotations, "--results", path, "--json", json]
        );
        Assert.False(File.Exists(json));
    }

    [Theory]
    [InlineData("--json", "none/figures.json", "there is no folder")]
    [InlineData("--csv", ".", "it is a folder")]
    public void Figures_that_could_not_be_written_are_refused_before_the_evaluation(
        string option,
        string name,
        string problem
    )
    {
        string path = folder.Path(name);
        string[] files = ["--annotations", Annotations(), "--results", folder.Write("results.json", "[]")];
        Drcnn.Refuse(ExitCode.BadInput, [$"eval: {option} {path}", problem], ["eval", .. files, option, path]);
    }

    [Theory]
    [InlineData("--json", "truth.json")]
    [InlineData("--csv", "results.json")]
    public void Figures_never_replace_what_is_read(string option, string name)
    {
        folder.Write("truth.json", OneBox);
        folder.Write("results.json", "[]");
        string file = folder.Path(name);
        string before = File.ReadAllText(file);
        string other = Path.Combine(folder.Path("."), name);
        Drcnn.Refuse(
            ExitCode.BadUsage,
            [$"eval: {option} {other} is there already and lies in what is read, {file}"],
            [
                "eval",
                "--annotations",
                folder.Path("truth.json"),
                "--results",
                folder.Path("results.json"),
                option,
                other,
            ]
        );
        Assert.Equal(before, File.ReadAllText(file));
    }

    [Fact]
    public void What_training_reads_otherwise_is_so_here_and_told()
    {
        string truth = folder.Write(
            "truth.json",
            OneBox.Replace("\"id\": 1, \"image_id\"", "\"id\": null, \"image_id\"", StringComparison.Ordinal)
        );
        const string found = """[{"image_id":1,"category_id":1,"bbox":[0,0,9,9],"score":0.9}]""";
        string output = Drcnn.Succeed("eval", "--annotations", truth, "--results", folder.Write("results.json", found));
        Assert.Contains(
            $"warning: {truth}: annotations[0].id is no whole number, so the annotations are numbered anew",
            output,
            StringComparison.Ordinal
        );
        Assert.Matches(@"(?m)^  AP +1\.000000 ", output);
    }

    [Fact]
    public void Files_that_are_not_there_are_named()
    {
        string annotations = Annotations();
        string missing = folder.Path("missing.json");
        Drcnn.Refuse(ExitCode.BadInput, [missing], ["eval", "--annotations", missing, "--results", missing]);
        Drcnn.Refuse(ExitCode.BadInput, [missing], ["eval", "--annotations", annotations, "--results", missing]);
        Drcnn.Refuse(
            ExitCode.BadInput,
            [folder.Root],
            ["eval", "--annotations", annotations, "--results", folder.Root]
        );
    }

    private string Annotations() => folder.Write("annotations.json", OneBox);
}
