using Xunit;

namespace DynamicRcnn.Report.Tests.Browser;

/// <summary>The report in a browser, used as a reader uses it.</summary>
[Collection(BrowserTests.Name)]
public sealed class ReportPageTests(Chromium chromium) : IDisposable
{
    private const string FoundBoxes = "document.querySelectorAll('.frame rect.found').length";
    private const string Pixels =
        "[...document.querySelectorAll('.plot canvas')].map(canvas => new Uint32Array(canvas.getContext('2d')"
        + ".getImageData(0, 0, canvas.width, canvas.height).data.buffer).some(pixel => pixel !== 0))";

    private readonly RecordedRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public async Task It_is_drawn_without_a_request_and_without_an_error()
    {
        using ReportFile report = new(run.Whole());
        await using BrowserPage page = await chromium.Open(report.Address);
        bool[] drawn = await page.Value<bool[]>(Pixels);
        Assert.True(drawn.Length >= 20, $"{drawn.Length} charts");
        Assert.All(drawn, Assert.True);
        string[] sections = await page.Value<string[]>(
            "[...document.querySelectorAll('main > section')].map(part => part.id)"
        );
        Assert.Equal(
            ["summary", "evaluation", "precision", "schedule", "losses", "machine", "configuration", "environment"],
            sections
        );
        Assert.Equal(
            2,
            await page.Value<int>(
                "[...document.querySelectorAll('.frame img')].filter(image => image.naturalWidth > 0).length"
            )
        );
        Assert.Equal([report.Address.AbsoluteUri], page.Requests);
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task The_slider_moves_by_keys_and_the_boxes_and_what_is_said_change_with_it()
    {
        using ReportFile report = new(run.Whole());
        await using BrowserPage page = await chromium.Open(report.Address);
        Assert.Contains("Iteration 300", await Said(page), StringComparison.Ordinal);
        Assert.Equal(4, await page.Value<int>(FoundBoxes)); // two classes in two images
        await page.Do("document.getElementById('moment').focus()");
        await page.Press("ArrowLeft", 37);
        await page.WaitFor("document.getElementById('moment-said').textContent.includes('Iteration 200')");
        Assert.Equal(2, await page.Value<int>(FoundBoxes));
        Assert.Contains(
            "2 of 4 objects found, 0 false boxes",
            await page.Value<string>("document.getElementById('panel-said').textContent"),
            StringComparison.Ordinal
        );
        await page.Press("Home", 36);
        await page.WaitFor("document.getElementById('moment-said').textContent.includes('AP 0.100')");
        Assert.Equal(0, await page.Value<int>(FoundBoxes));
        await page.Do("document.querySelector('.moment button[aria-label^=next]').click()");
        Assert.Contains("Iteration 200", await Said(page), StringComparison.Ordinal);
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Classes_and_scores_decide_which_boxes_are_shown()
    {
        using ReportFile report = new(run.Whole());
        await using BrowserPage page = await chromium.Open(report.Address);
        const string Truths = "document.querySelectorAll('.frame rect.truth').length";
        Assert.Equal((4, 4), (await page.Value<int>(FoundBoxes), await page.Value<int>(Truths)));
        await page.Do("document.querySelector('[data-class=\"0\"]').click()");
        Assert.Equal((2, 2), (await page.Value<int>(FoundBoxes), await page.Value<int>(Truths)));
        await page.Set("#score", "value", "0.85");
        Assert.Equal((0, 2), (await page.Value<int>(FoundBoxes), await page.Value<int>(Truths)));
        Assert.Equal(2, await page.Value<int>("document.querySelectorAll('.frame rect.missed').length"));
        await page.Set("#score", "value", "0.05");
        Assert.Equal(2, await page.Value<int>(FoundBoxes));
        await page.Set("#labels", "checked", "true");
        Assert.Equal("dog 0.80", await page.Value<string>("document.querySelector('.frame text').textContent"));
        await page.Set("#labels", "checked", "false");
        Assert.Equal(0, await page.Value<int>("document.querySelectorAll('.frame text').length"));
    }

    [Fact]
    public async Task A_cascade_has_a_ribbon_for_each_stage_and_the_stages_losses_beside_their_sum()
    {
        const string Stages =
            """ "iou_threshold_2":0.6,"beta_2":1,"classification_1":0.4,"classification_2":0.2,"box_1":0.2,"box_2":0.1}""";
        for (int iteration = 1; iteration <= 3; iteration++)
        {
            run.WithText($"{RecordedRun.Step(iteration)[..^1]},{Stages}\n");
        }
        using ReportFile report = new(run.WithStatistics(3).WithStatistics(3, stage: 1));
        await using BrowserPage page = await chromium.Open(report.Address);
        string[] labels = await page.Value<string[]>(
            "[...document.querySelectorAll('#losses figure[aria-label=\"Classification loss\"] .u-series:not(.edge) .u-label')].map(label => label.textContent)"
        );
        Assert.Equal(["iteration", "dynamic", "dynamic, stage 1", "dynamic, stage 2"], labels);
        string[] ribbons = await page.Value<string[]>(
            "[...document.querySelectorAll('#schedule figure[aria-label^=\"IoUs\"]')].map(figure => figure.getAttribute('aria-label') + (figure.querySelector('canvas') ? '' : ': empty'))"
        );
        Assert.Equal(["IoUs of the proposals, stage 1", "IoUs of the proposals, stage 2"], ribbons);
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Runs_are_shown_side_by_side_in_charts_and_pictures_and_one_can_be_chosen()
    {
        using RecordedRun other = new("fixed", sets: "solver.momentum=0.8");
        using ReportFile report = new(run.Whole(), other.Whole());
        await using BrowserPage page = await chromium.Open(report.Address);
        string[] legend = await page.Value<string[]>(
            "[...document.querySelectorAll('#schedule .plot')[0].querySelectorAll('.u-series:not(.edge) .u-label')].map(label => label.textContent)"
        );
        Assert.Equal(["iteration", "dynamic", "fixed"], legend);
        Assert.Equal(2, await page.Value<int>("document.querySelectorAll('.card').length"));
        Assert.Equal(4, await page.Value<int>("document.querySelectorAll('.frame').length"));
        await page.Do("document.querySelectorAll('input[name=panel-run]')[2].click()");
        Assert.Equal(2, await page.Value<int>("document.querySelectorAll('.frame').length"));
        string[] differing = await page.Value<string[]>(
            "[...document.querySelectorAll('.config tbody th')].map(cell => cell.firstChild.firstChild.textContent)"
        );
        Assert.Equal(["solver.momentum"], differing);
        await page.Set("#config-only", "checked", "false");
        Assert.True(await page.Value<int>("document.querySelectorAll('.config tbody tr').length") > 50);
        Assert.Empty(page.Errors);
    }

    [Theory]
    [InlineData(360)]
    [InlineData(768)]
    [InlineData(1440)]
    public async Task Nothing_is_wider_than_the_window(int width)
    {
        using RecordedRun other = new(
            "a-run-with-a-name-that-is-much-longer-than-anybody-would-give-to-a-run-of-a-detector"
        );
        using ReportFile report = new(run.Whole(), other.Whole());
        await using BrowserPage page = await chromium.Open(report.Address, width);
        Assert.True(
            await page.Value<int>("document.documentElement.scrollWidth") <= width,
            "the page scrolls sideways"
        );
        string[] wide = await page.Value<string[]>(
            "[...document.querySelectorAll('main *')].filter(part => !part.closest('.scroll, .unseen, .toggles') && part.getBoundingClientRect().right > innerWidth + 1)"
                + ".map(part => part.outerHTML.slice(0, 80))"
        );
        Assert.Empty(wide);
    }

    [Fact]
    public async Task It_is_dark_where_the_system_is_and_the_reader_may_choose()
    {
        const string Ground = "getComputedStyle(document.body).backgroundColor";
        using ReportFile report = new(run.Whole());
        await using BrowserPage dark = await chromium.Open(report.Address, dark: true);
        await using BrowserPage light = await chromium.Open(report.Address);
        string night = await dark.Value<string>(Ground);
        string day = await light.Value<string>(Ground);
        Assert.NotEqual(night, day);
        await light.Set("#theme", "value", "'dark'");
        Assert.Equal(night, await light.Value<string>(Ground));
        await light.Set("#theme", "value", "'auto'");
        Assert.Equal(day, await light.Value<string>(Ground));
        Assert.Empty(light.Errors);
    }

    [Fact]
    public async Task Texts_have_the_contrast_that_people_need_in_both_themes()
    {
        using ReportFile report = new(run.Whole());
        foreach (bool dark in (bool[])[false, true])
        {
            await using BrowserPage page = await chromium.Open(report.Address, dark: dark);
            double[] ratios = await page.Value<double[]>(Contrast);
            Assert.All(ratios, ratio => Assert.True(ratio >= 4.5, $"contrast {ratio:F2}, dark: {dark}")); // WCAG AA
        }
    }

    [Fact]
    public async Task Every_input_has_a_name_and_every_chart_a_summary_and_a_table()
    {
        using ReportFile report = new(run.Whole());
        await using BrowserPage page = await chromium.Open(report.Address);
        Assert.Equal(
            0,
            await page.Value<int>(
                "[...document.querySelectorAll('input, select')].filter(input => !input.labels || ![...input.labels].some(label => label.textContent.trim())).length"
            )
        );
        string[] summaries = await page.Value<string[]>(
            "[...document.querySelectorAll('figure.chart > p.unseen')].map(text => text.textContent)"
        );
        Assert.All(
            summaries,
            text =>
                Assert.StartsWith(
                    "dynamic",
                    text.Replace("best ", "dynamic", StringComparison.Ordinal)
                        .Replace("IoU ", "dynamic", StringComparison.Ordinal)
                        .Replace("F1", "dynamic", StringComparison.Ordinal),
                    StringComparison.Ordinal
                )
        );
        await page.Do("document.querySelector('#losses details').open = true");
        await page.WaitFor("document.querySelectorAll('#losses details table tbody tr').length === 12");
        int[] levels = await page.Value<int[]>(
            "[...document.querySelectorAll('h1, h2, h3')].map(heading => Number(heading.tagName[1]))"
        );
        Assert.Equal(1, levels[0]);
        Assert.All(
            levels.Zip(levels.Skip(1)),
            pair => Assert.True(pair.Second <= pair.First + 1, "a level of headings is left out")
        );
    }

    [Fact]
    public async Task Names_that_are_markup_are_shown_as_they_are()
    {
        const string Hostile = "</script><img src=x onerror=alert(1)>\"'&<!--{{data}}";
        using RecordedRun hostile = new("run", [Hostile, "dog"]);
        hostile.WithSteps(5).WithPanel(2, [Hostile, "b.jpg"]).WithEvaluation(5, 0.2).WithFound(5, 0.9, 0);
        using ReportFile report = new(hostile);
        await using BrowserPage page = await chromium.Open(report.Address);
        Assert.Equal(Hostile, await page.Value<string>("document.querySelector('.image figcaption').textContent"));
        Assert.Equal(Hostile, await page.Value<string>("document.querySelector('.classes tbody th').textContent"));
        Assert.Equal(0, await page.Value<int>("document.querySelectorAll('img[src=x]').length"));
        Assert.Equal([report.Address.AbsoluteUri], page.Requests);
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task A_run_that_has_just_begun_says_what_is_not_there_yet()
    {
        using ReportFile report = new(run);
        await using BrowserPage page = await chromium.Open(report.Address);
        string text = await page.Value<string>("document.body.innerText");
        Assert.Contains("at iteration 0 of 1,000", text, StringComparison.Ordinal);
        Assert.Contains("No evaluation yet.", text, StringComparison.Ordinal);
        Assert.True(await page.Value<bool>("document.querySelector('.moment').hidden"));
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Evaluations_of_an_older_program_are_shown_and_what_they_lack_is_said()
    {
        run.WithSteps(20)
            .WithEvaluation(
                20,
                """{ "figures": { "AP": 0.5, "AP50": 0.8, "AP75": -1 }, "ap_by_iou": [{ "iou": 0.5, "ap": 0.8 }] }"""
            );
        using ReportFile report = new(run);
        await using BrowserPage page = await chromium.Open(report.Address);
        string text = await page.Value<string>("document.body.innerText");
        foreach (
            string lacking in (string[])
                [
                    "kinds of errors",
                    "which classes are confused",
                    "precision over recall",
                    "panel of validation images",
                    "IoUs of its proposals",
                ]
        )
        {
            Assert.Contains(lacking, text, StringComparison.Ordinal);
        }
        Assert.Contains("AP 0.500", await Said(page), StringComparison.Ordinal);
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task The_published_points_are_off_unless_the_run_is_like_the_authors()
    {
        using ReportFile demo = new(run.Whole());
        await using BrowserPage small = await chromium.Open(demo.Address);
        const string Points =
            "[...document.querySelectorAll('#schedule .u-label')].some(label => label.textContent === 'published')";
        Assert.False(await small.Value<bool>(Points));
        await small.Do("document.getElementById('reference').click()");
        Assert.True(await small.Value<bool>(Points));
        using RecordedRun like = new(
            "like",
            sets: ["data.imagesPerStep=16", "dynamic.topIoUCount=75", "dynamic.updateInterval=100"]
        );
        using ReportFile large = new(like.WithSteps(600));
        await using BrowserPage page = await chromium.Open(large.Address);
        Assert.True(await page.Value<bool>(Points));
    }

    private static Task<string> Said(BrowserPage page) =>
        page.Value<string>("document.getElementById('moment-said').textContent");

    /// <summary>The contrast of every text that lies directly in an element with the first ground behind it that is not transparent.</summary>
    private const string Contrast = """
        (() => {
            const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
            const channels = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return canvas.getImageData(0, 0, 1, 1).data; };
            const linear = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
            const luminance = (colour) => { const [red, green, blue] = channels(colour); return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue); };
            const groundOf = (part) => { for (let at = part; at; at = at.parentElement) { const colour = getComputedStyle(at).backgroundColor; if (channels(colour)[3] > 200) return colour; } return "white"; };
            const hasText = (part) => [...part.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
            return [...document.querySelectorAll("body *")]
                .filter((part) => hasText(part) && part.checkVisibility() && !part.closest("script, style, svg, .unseen, .skip"))
                .map((part) => { const pair = [luminance(getComputedStyle(part).color), luminance(groundOf(part))].sort((one, other) => other - one); return (pair[0] + 0.05) / (pair[1] + 0.05); });
        })()
        """;
}
