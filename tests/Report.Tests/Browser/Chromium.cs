using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;

namespace DynamicRcnn.Report.Tests.Browser;

/// <summary>A headless Chromium for all tests of a collection; tests are skipped where there is none.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Listening = "DevTools listening on ";
    private static readonly string[] names = ["chromium", "chromium-browser", "google-chrome"];

    private readonly string profile = Directory.CreateTempSubdirectory("drcnn-chromium-").FullName;
    private readonly ConcurrentDictionary<string, PageEvents> sessions = new();
    private Process? process;
    private DevTools? tools;

    public async ValueTask InitializeAsync()
    {
        if (Find() is not { } program)
        {
            return;
        }
        // A container has no user namespaces to make a sandbox of; what is opened here was made by the tests.
        string[] arguments =
        [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--force-device-scale-factor=1",
            "--remote-debugging-port=0",
            $"--user-data-dir={profile}",
            "about:blank",
        ];
        TaskCompletionSource<Uri> listening = new();
        process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            },
        };
        process.ErrorDataReceived += (_, said) =>
        {
            if (said.Data is null)
            {
                listening.TrySetException(new IOException("the browser ended before it could be reached"));
            }
            else if (said.Data.StartsWith(Listening, StringComparison.Ordinal))
            {
                listening.TrySetResult(new Uri(said.Data[Listening.Length..]));
            }
        };
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        Uri address = await listening.Task;
        tools = await DevTools.Connect(
            address,
            (session, name, values) => sessions.GetValueOrDefault(session)?.Hear(name, values)
        );
    }

    /// <summary>Opens a page and waits until it is drawn.</summary>
    internal async Task<BrowserPage> Open(Uri address, int width = 1280, int height = 900, bool dark = false)
    {
        if (tools is null)
        {
            Assert.Skip($"needs one of {string.Join(", ", names)} on the PATH");
        }
        JsonNode target = await tools.Send("Target.createTarget", new JsonObject { ["url"] = "about:blank" });
        string id = target["targetId"]!.GetValue<string>();
        JsonNode attached = await tools.Send(
            "Target.attachToTarget",
            new JsonObject { ["targetId"] = id, ["flatten"] = true }
        );
        string session = attached["sessionId"]!.GetValue<string>();
        PageEvents events = new();
        sessions[session] = events;
        BrowserPage page = new(tools, session, id, events);
        await page.Load(address, width, height, dark);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (tools is not null)
        {
            await tools.DisposeAsync();
        }
        if (process is not null)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
        try
        {
            Directory.Delete(profile, recursive: true);
        }
        catch (IOException) { } // a helper of the browser may still be writing; the folder is temporary
    }

    private static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
}

/// <summary>Tests that share the browser.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserTests : ICollectionFixture<Chromium>
{
    public const string Name = "browser";
}
