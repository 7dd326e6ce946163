using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace DynamicRcnn.Report.Tests.Browser;

/// <summary>A page in the browser.</summary>
internal sealed class BrowserPage(DevTools tools, string session, string target, PageEvents events) : IAsyncDisposable
{
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(1);

    public IReadOnlyList<string> Requests => events.Requests;

    public IReadOnlyList<string> Errors => events.Errors;

    internal async Task Load(Uri address, int width, int height, bool dark)
    {
        foreach (string domain in (string[])["Page", "Runtime", "Network", "Log"])
        {
            await Send($"{domain}.enable");
        }
        await Send(
            "Emulation.setDeviceMetricsOverride",
            new JsonObject
            {
                ["width"] = width,
                ["height"] = height,
                ["deviceScaleFactor"] = 1,
                ["mobile"] = width < 600,
            }
        );
        JsonArray features =
        [
            new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" },
        ];
        await Send("Emulation.setEmulatedMedia", new JsonObject { ["features"] = features });
        await Send("Page.navigate", new JsonObject { ["url"] = address.AbsoluteUri });
        await WaitFor("document.readyState === 'complete' && document.querySelector('main > section') !== null");
    }

    /// <summary>The value of a JavaScript expression.</summary>
    public async Task<T> Value<T>(string expression)
    {
        JsonNode answer = await Send(
            "Runtime.evaluate",
            new JsonObject
            {
                ["expression"] = expression,
                ["returnByValue"] = true,
                ["awaitPromise"] = true,
            }
        );
        Assert.True(answer["exceptionDetails"] is null, $"{expression}: {answer["exceptionDetails"]?.ToJsonString()}");
        return answer["result"]!["value"].Deserialize<T>()!;
    }

    /// <summary>Runs statements.</summary>
    public async Task Do(string statements) => await Value<object?>($"(() => {{ {statements}; return null; }})()");

    /// <summary>Moves a slider, ticks a box or chooses in a list, as the reader's input would.</summary>
    public Task Set(string selector, string property, string value) =>
        Do(
            $"const input = document.querySelector({JsonSerializer.Serialize(selector)}); input.{property} = {value}; "
                + "input.dispatchEvent(new Event('input', { bubbles: true })); input.dispatchEvent(new Event('change', { bubbles: true }))"
        );

    /// <summary>Presses a key where the focus is.</summary>
    public async Task Press(string key, int code)
    {
        foreach (string type in (string[])["keyDown", "keyUp"])
        {
            await Send(
                "Input.dispatchKeyEvent",
                new JsonObject
                {
                    ["type"] = type,
                    ["key"] = key,
                    ["code"] = key,
                    ["windowsVirtualKeyCode"] = code,
                }
            );
        }
    }

    /// <summary>Passes once the expression is true.</summary>
    public async Task WaitFor(string expression)
    {
        using CancellationTokenSource limit = new(patience);
        while (!await Value<bool>($"Boolean({expression})"))
        {
            Assert.False(
                limit.IsCancellationRequested,
                $"waited in vain for: {expression}; errors: {string.Join("\n", Errors)}"
            );
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A picture of the part that the window shows, or of all of the page.</summary>
    public async Task Shoot(string path, bool whole = false)
    {
        JsonNode picture = await Send(
            "Page.captureScreenshot",
            new JsonObject { ["format"] = "png", ["captureBeyondViewport"] = whole }
        );
        await File.WriteAllBytesAsync(path, Convert.FromBase64String(picture["data"]!.GetValue<string>()));
    }

    public async ValueTask DisposeAsync() =>
        await tools.Send("Target.closeTarget", new JsonObject { ["targetId"] = target });

    private Task<JsonNode> Send(string method, JsonObject? parameters = null) =>
        tools.Send(method, parameters, session);
}
