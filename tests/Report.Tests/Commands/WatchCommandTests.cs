using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Report.Tests.Commands;

/// <summary>drcnn watch as a process, asked over real connections.</summary>
public sealed class WatchCommandTests : IDisposable
{
    private readonly RecordedRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public async Task The_page_its_data_and_its_pictures_are_served_and_nothing_else()
    {
        (DrcnnProcess server, Uri address) = await DrcnnProcess.Watch(run.Whole().Path);
        using DrcnnProcess process = server;
        Assert.Contains("connect-src 'self'", await Ask(address, "GET", "/"), StringComparison.Ordinal);
        Assert.StartsWith("{\"runs\":[", Body(await Ask(address, "GET", "/data.json")), StringComparison.Ordinal);
        Assert.StartsWith("[\"data:image", Body(await Ask(address, "GET", "/pictures.json")), StringComparison.Ordinal);
        string[] others =
        [
            "/config.json",
            "/log.jsonl",
            "/report.html",
            "/index.html",
            "/data.json/",
            "/../config.json",
            "/%2e%2e/config.json",
            "/..%2fconfig.json",
            "/..\\config.json",
            "//etc/passwd",
            "/%2fetc%2fpasswd",
            "/panel/00.jpg",
            "/panel/../config.json",
            "/data.json%00",
            "/DATA.JSON",
        ];
        foreach (string path in others)
        {
            string answer = await Ask(address, "GET", path);
            Assert.True(Status(answer) is 400 or 404, $"{path}: {answer.Split('\n')[0]}");
            Assert.DoesNotContain("solver", answer, StringComparison.Ordinal);
        }
        Assert.Equal(405, Status(await Ask(address, "POST", "/data.json")));
        Assert.Equal(405, Status(await Ask(address, "PUT", "/config.json")));
        Assert.Equal("", Body(await Ask(address, "HEAD", "/data.json")));
    }

    [Theory]
    [InlineData("evil.example", 421)]
    [InlineData("127.0.0.1.evil.example", 421)]
    [InlineData("localhost.evil.example", 421)]
    [InlineData("192.168.0.1", 421)]
    [InlineData("", 421)]
    [InlineData("a b", 400)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("LOCALHOST:1", 200)]
    public async Task Another_hosts_name_is_refused(string host, int status)
    {
        (DrcnnProcess server, Uri address) = await DrcnnProcess.Watch(run.Path);
        using DrcnnProcess process = server;
        Assert.Equal(status, Status(await Ask(address, "GET", "/data.json", host)));
    }

    [Fact]
    public async Task Nobody_outside_the_machine_is_served()
    {
        (DrcnnProcess server, Uri address) = await DrcnnProcess.Watch(run.Path);
        using DrcnnProcess process = server;
        IPAddress? outside = NetworkInterface
            .GetAllNetworkInterfaces()
            .SelectMany(face => face.GetIPProperties().UnicastAddresses)
            .Select(entry => entry.Address)
            .FirstOrDefault(own => own.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(own));
        if (outside is null)
        {
            Assert.Skip("needs a network address beside the loopback's");
        }
        using TcpClient client = new();
        await Assert.ThrowsAnyAsync<SocketException>(async () =>
            await client.ConnectAsync(outside, address.Port, TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task What_was_added_to_the_run_is_served_and_what_is_known_is_not_sent_again()
    {
        (DrcnnProcess server, Uri address) = await DrcnnProcess.Watch(run.Whole().Path);
        using DrcnnProcess process = server;
        using HttpClient client = new() { BaseAddress = address };
        using HttpResponseMessage first = await client.GetAsync(
            new Uri("data.json", UriKind.Relative),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(300, await Iteration(first));
        Assert.Equal("nosniff", string.Join(',', first.Headers.GetValues("X-Content-Type-Options")));
        using HttpRequestMessage again = new(HttpMethod.Get, new Uri("data.json", UriKind.Relative));
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using HttpResponseMessage same = await client.SendAsync(again, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        run.WithSteps(7, first: 301);
        using HttpRequestMessage later = new(HttpMethod.Get, new Uri("data.json", UriKind.Relative));
        later.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using HttpResponseMessage changed = await client.SendAsync(later, TestContext.Current.CancellationToken);
        Assert.Equal(307, await Iteration(changed));
    }

    [Fact]
    public async Task A_damaged_file_is_named_and_the_view_goes_on_when_it_is_whole_again()
    {
        (DrcnnProcess server, Uri address) = await DrcnnProcess.Watch(run.WithSteps(10).Path);
        using DrcnnProcess process = server;
        run.WithEvaluation(10, "{");
        string answer = await Ask(address, "GET", "/data.json");
        Assert.Equal(500, Status(answer));
        Assert.Contains(
            "iteration-0000010.json: expected the figures of an evaluation",
            answer,
            StringComparison.Ordinal
        );
        run.WithEvaluation(10, 0.5);
        Assert.Equal(200, Status(await Ask(address, "GET", "/data.json")));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_ends_it_with_exit_code_0(string signal)
    {
        (DrcnnProcess server, Uri address) = await DrcnnProcess.Watch(run.Path);
        using DrcnnProcess process = server;
        Assert.Equal(200, Status(await Ask(address, "GET", "/")));
        Assert.Equal((ExitCode.Done, ""), await process.End(signal));
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_in_one_sentence()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        (int code, string output, string errors) = await DrcnnProcess.Run("watch", run.Path, "--port", $"{port}");
        Assert.Equal(
            (ExitCode.BadUsage, "", $"drcnn: port {port} is taken; choose another with --port.\n"),
            (code, output, errors)
        );
    }

    /// <summary>The whole answer to a request that is sent as it is written here.</summary>
    private static async Task<string> Ask(Uri address, string method, string path, string? host = null)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, address.Port, TestContext.Current.CancellationToken);
        NetworkStream stream = client.GetStream();
        string request =
            $"{method} {path} HTTP/1.1\r\nHost: {host ?? address.Authority}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        using StreamReader reader = new(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static int Status(string answer) =>
        int.Parse(answer.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    private static string Body(string answer) => answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];

    private static async Task<int> Iteration(HttpResponseMessage answer)
    {
        await using Stream body = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        using JsonDocument data = await JsonDocument.ParseAsync(
            body,
            cancellationToken: TestContext.Current.CancellationToken
        );
        return data.RootElement.GetProperty("runs")[0].GetProperty("iteration").GetInt32();
    }
}
