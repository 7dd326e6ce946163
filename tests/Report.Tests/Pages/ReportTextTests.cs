using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Report.Tests.Pages;

/// <summary>The text of the report; what a browser makes of it is tested with one.</summary>
public sealed class ReportTextTests : IDisposable
{
    private const string Hostile = "</script><script>alert(1)</script>\"'&<!--{{data}}\u2028é";
    private readonly RecordedRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void The_policy_lets_nothing_in_but_the_script_and_the_style_of_the_page()
    {
        string page = Page(run.Whole());
        string policy = Regex
            .Match(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"([^\"]*)\">")
            .Groups[1]
            .Value;
        Assert.StartsWith("default-src 'none'; ", policy, StringComparison.Ordinal);
        Assert.Contains("connect-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Contains($"script-src '{Hash(Inside(page, "script"))}'", policy, StringComparison.Ordinal);
        Assert.Contains($"style-src '{Hash(Inside(page, "style"))}'", policy, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_in_the_page_names_an_address_to_load_from()
    {
        string page = Page(run.Whole());
        Assert.DoesNotMatch(@"<(link|iframe|object|embed|base)\b", page);
        Assert.DoesNotMatch(
            """(?<!xlink:|")\b(src|href|action)="(?!#)""",
            Regex.Replace(page, "<script.*?</script>", "", RegexOptions.Singleline)
        );
        Assert.DoesNotMatch(@"@import|url\(", Inside(page, "style"));
    }

    [Fact]
    public void The_licence_of_the_plotting_library_comes_with_it()
    {
        string page = Page(run);
        Assert.Contains("uPlot", page, StringComparison.Ordinal);
        Assert.Contains("Permission is hereby granted, free of charge", page, StringComparison.Ordinal);
        Assert.Contains("Copyright (c) ", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_of_a_run_cannot_end_the_element_that_holds_them()
    {
        using RecordedRun hostile = new("run", [Hostile, "dog"]);
        hostile.WithSteps(3).WithPanel(2, [Hostile, "b.jpg"]).WithEvaluation(3, 0.5);
        string page = Page(hostile);
        Assert.Equal(3, Regex.Count(page, "</script>"));
        string text = Regex
            .Match(page, "id=\"report-data\"[^>]*>(.*?)</script>", RegexOptions.Singleline)
            .Groups[1]
            .Value;
        Assert.DoesNotMatch("[<>&'\u0080-\uffff]", text);
        using JsonDocument data = JsonDocument.Parse(text);
        JsonElement panel = data.RootElement.GetProperty("runs")[0].GetProperty("panel");
        Assert.Equal(Hostile, panel.GetProperty("classes")[0].GetString());
        Assert.Equal(Hostile, panel.GetProperty("images")[0].GetProperty("file").GetString());
    }

    [Fact]
    public void Pictures_that_runs_share_are_kept_once()
    {
        using RecordedRun other = new("fixed");
        string page = RunReport.Page(RunSource.Open([run.Whole().Path, other.Whole().Path]));
        Assert.Equal(2, Regex.Count(page, "data:image/jpeg;base64,"));
    }

    [Fact]
    public void A_picture_that_leads_out_of_the_panel_is_refused()
    {
        run.WithSteps(1).WithPanel();
        string images = Path.Combine(run.Path, "panel", "images.json");
        File.WriteAllText(
            images,
            File.ReadAllText(images).Replace("00.jpg", "../config.json", StringComparison.Ordinal)
        );
        RunException error = Assert.Throws<RunException>(() => Page(run));
        Assert.Contains("images.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_stage_of_a_cascade_has_its_own_schedule_losses_and_ribbon()
    {
        run.WithText(
                """{"iteration":1,"iou_threshold":0.5,"beta":1,"iou_threshold_2":0.6,"beta_2":0.5,"top_iou_2":0.7,"low_error_2":0.1}"""
                    + "\n"
            ) // as recorded before the stages' losses were
            .WithText(
                """{"iteration":2,"iou_threshold":0.5,"iou_threshold_2":0.6,"classification":0.5,"classification_1":0.3,"box_2":0.2}"""
                    + "\n"
            )
            .WithStatistics(2)
            .WithStatistics(1, stage: 1);
        using JsonDocument data = Data(run);
        JsonElement own = data.RootElement.GetProperty("runs")[0];
        Assert.Equal(0.6, own.GetProperty("steps").GetProperty("iou_threshold_2").GetProperty("y")[0].GetDouble());
        Assert.Equal(0.5, own.GetProperty("steps").GetProperty("beta_2").GetProperty("y")[0].GetDouble());
        Assert.Equal(0.7, own.GetProperty("series").GetProperty("top_iou_2").GetProperty("mean")[0].GetDouble());
        Assert.False(own.GetProperty("steps").TryGetProperty("iou_threshold_3", out _));
        JsonElement first = own.GetProperty("series").GetProperty("classification_1").GetProperty("mean");
        Assert.Equal(JsonValueKind.Null, first[0].ValueKind);
        Assert.Equal(0.3, first[1].GetDouble());
        Assert.Equal(0.2, own.GetProperty("series").GetProperty("box_2").GetProperty("mean")[1].GetDouble());
        Assert.Equal(
            [2, 1],
            own.GetProperty("ribbons").EnumerateArray().Select(ribbon => ribbon.GetProperty("x").GetArrayLength())
        );
    }

    [Fact]
    public void A_long_run_stays_small_and_shows_its_extremes()
    {
        run.WithSteps(30_000).WithText("""{"iteration":30001,"loss":77.5}""" + "\n").WithSteps(10_000, first: 30_002);
        for (int iteration = 500; iteration <= 40_000; iteration += 500)
        {
            run.WithEvaluation(iteration, iteration == 20_500 ? 0.9 : 0.5);
        }
        using JsonDocument data = Data(run);
        JsonElement own = data.RootElement.GetProperty("runs")[0];
        JsonElement series = own.GetProperty("series");
        Assert.InRange(series.GetProperty("x").GetArrayLength(), 500, 1000);
        Assert.Equal(77.5, Values(series.GetProperty("loss").GetProperty("high")).Max());
        Assert.InRange(own.GetProperty("steps").GetProperty("beta").GetProperty("x").GetArrayLength(), 100, 2000);
        int[] detailed =
        [
            .. own.GetProperty("evaluations")
                .EnumerateArray()
                .Where(evaluation => evaluation.GetProperty("detailed").GetBoolean())
                .Select(evaluation => evaluation.GetProperty("iteration").GetInt32()),
        ];
        Assert.InRange(detailed.Length, 50, 60);
        Assert.Contains(20_500, detailed); // the best
        Assert.Equal((500, 40_000), (detailed[0], detailed[^1]));
        Assert.Equal(80, own.GetProperty("evaluations").GetArrayLength());
    }

    [Fact]
    public void A_run_of_90000_iterations_over_80_classes_takes_less_than_15_megabytes()
    {
        string[] classes = [.. Enumerable.Range(0, 80).Select(place => $"class {place}")];
        using RecordedRun coco = new("coco", classes);
        coco.WithSteps(90_000).WithStatistics(90_000).WithPanel(12);
        int[] labels = [.. Enumerable.Range(0, 80)];
        for (int iteration = 1000; iteration <= 90_000; iteration += 1000)
        {
            coco.WithEvaluation(iteration, iteration / 200_000.0).WithFound(iteration, 0.1234, labels);
        }
        Assert.InRange(Encoding.UTF8.GetByteCount(Page(coco)), 1_000_000, 15_000_000);
    }

    private static IEnumerable<double> Values(JsonElement list) =>
        list.EnumerateArray()
            .Where(value => value.ValueKind == JsonValueKind.Number)
            .Select(value => value.GetDouble());

    private static JsonDocument Data(RecordedRun run) =>
        JsonDocument.Parse(
            Regex.Match(Page(run), "id=\"report-data\"[^>]*>(.*?)</script>", RegexOptions.Singleline).Groups[1].Value
        );

    private static string Page(RecordedRun run) => RunReport.Page([run.Open()]);

    private static string Inside(string page, string tag) =>
        Regex.Match(page, $"<{tag}>(.*?)</{tag}>", RegexOptions.Singleline).Groups[1].Value;

    private static string Hash(string text) =>
        "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
