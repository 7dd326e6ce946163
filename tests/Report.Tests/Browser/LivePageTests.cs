using DynamicRcnn.Report.Tests.Commands;
using Xunit;

namespace DynamicRcnn.Report.Tests.Browser;

/// <summary>The live view in a browser.</summary>
[Collection(BrowserTests.Name)]
public sealed class LivePageTests(Chromium chromium) : IDisposable
{
    private readonly RecordedRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public async Task It_grows_with_the_run_and_keeps_what_the_reader_chose()
    {
        run.WithSteps(100).WithPanel().WithEvaluation(100, 0.1).WithFound(100, 0.9, 0);
        (DrcnnProcess server, Uri address) = await DrcnnProcess.Watch(run.Path);
        using DrcnnProcess process = server;
        await using BrowserPage page = await chromium.Open(address);
        await page.WaitFor("document.body.innerText.includes('at iteration 100 of 1,000')");
        await page.Set("#score", "value", "0.7");

        run.WithSteps(100, first: 101).WithEvaluation(200, 0.2).WithFound(200, 0.8, 0, 1);
        await page.WaitFor("document.body.innerText.includes('at iteration 200 of 1,000')");
        await page.WaitFor("document.getElementById('moment-said').textContent.includes('Iteration 200')"); // the last stays the last
        Assert.Equal(4, await page.Value<int>("document.querySelectorAll('.frame rect.found').length"));
        Assert.Equal("0.7", await page.Value<string>("document.getElementById('score').value"));

        await page.Do("document.querySelector('.moment button[aria-label^=previous]').click()");
        run.WithSteps(100, first: 201).WithEvaluation(300, 0.3).WithFound(300, 0.8, 0, 1);
        await page.WaitFor("document.body.innerText.includes('at iteration 300 of 1,000')");
        Assert.Contains(
            "Iteration 100",
            await page.Value<string>("document.getElementById('moment-said').textContent"),
            StringComparison.Ordinal
        );
        Assert.Equal("2", await page.Value<string>("document.getElementById('moment').max"));
        Assert.All(page.Requests, request => Assert.StartsWith(address.AbsoluteUri, request, StringComparison.Ordinal));
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Parts_that_a_run_has_not_yet_come_when_it_has_them()
    {
        (DrcnnProcess server, Uri address) = await DrcnnProcess.Watch(run.Path);
        using DrcnnProcess process = server;
        await using BrowserPage page = await chromium.Open(address);
        Assert.True(await page.Value<bool>("document.querySelector('.moment').hidden"));
        run.Whole();
        await page.WaitFor("document.querySelectorAll('.frame rect.found').length === 4");
        await page.WaitFor("document.querySelectorAll('.plot.empty').length === 0");
        await page.Set("#curve-class", "value", "'2'");
        await page.Do("document.getElementById('moment').focus()");
        await page.Press("Home", 36);
        await page.WaitFor("document.getElementById('moment-said').textContent.includes('Iteration 100')");
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task It_says_when_the_server_has_gone()
    {
        (DrcnnProcess server, Uri address) = await DrcnnProcess.Watch(run.WithSteps(5).Path);
        using DrcnnProcess process = server;
        await using BrowserPage page = await chromium.Open(address);
        await page.WaitFor("document.getElementById('live').textContent === 'live'");
        await process.End("TERM");
        await page.WaitFor("document.getElementById('live').textContent === 'connection lost'");
    }
}
