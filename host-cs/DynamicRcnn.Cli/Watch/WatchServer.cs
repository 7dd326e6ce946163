using System.Net;
using DynamicRcnn.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DynamicRcnn.Cli;

/// <summary>
/// Serves the page and its data on the loopback address and nowhere else. There are three addresses, made in memory; no file is ever served. A
/// request for another host's name is refused, so that a page of a stranger cannot reach this one through a name that it controls.
/// </summary>
internal static class WatchServer
{
    private const string Json = "application/json; charset=utf-8";
    private const string Html = "text/html; charset=utf-8";
    private const string Text = "text/plain; charset=utf-8";

    private static readonly string[] hosts = ["127.0.0.1", "localhost"];

    /// <summary>Serves until it is told to stop.</summary>
    /// <param name="port">0 = any that is free.</param>
    /// <param name="runs">What is shown.</param>
    /// <param name="output">Told the address.</param>
    /// <param name="stop">Ends the server.</param>
    /// <exception cref="RunException">The port is taken or not allowed.</exception>
    internal static async Task Run(int port, RunSources runs, TextWriter output, CancellationToken stop)
    {
        await using WebApplication application = Make(port);
        application.Run(request => Answer(request, runs));
        try
        {
            await application.StartAsync(stop);
        }
        catch (IOException error) when (error.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new RunException($"port {port} is taken; choose another with --port.", RunFault.Request);
        }
        catch (System.Net.Sockets.SocketException error)
        {
            throw new RunException($"port {port} cannot be used: {error.Message}.", RunFault.Request);
        }
        await output.WriteLineAsync(
            $"{AddressOf(application)} shows the run while it goes on, on this machine alone; Ctrl-C ends this"
        );
        await output.FlushAsync(CancellationToken.None);
        TaskCompletionSource stopped = new();
        await using (stop.Register(stopped.SetResult))
        {
            await stopped.Task;
        }
        await application.StopAsync(CancellationToken.None);
    }

    private static WebApplication Make(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(options =>
            {
                options.AddServerHeader = false;
                options.Limits.MaxRequestBodySize = 0;
                options.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1);
            });
        return builder.Build();
    }

    private static string AddressOf(WebApplication application) =>
        application
            .Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>()
            .Features.GetRequiredFeature<IServerAddressesFeature>()
            .Addresses.Single();

    private static Task Answer(HttpContext context, RunSources runs)
    {
        HttpRequest request = context.Request;
        if (!hosts.Contains(request.Host.Host, StringComparer.OrdinalIgnoreCase))
        {
            return Refuse(context, StatusCodes.Status421MisdirectedRequest, "This address is for this machine alone.");
        }
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return Refuse(context, StatusCodes.Status405MethodNotAllowed, "There is nothing here but pages to read.");
        }
        try
        {
            return request.Path.Value switch
            {
                "/" => Send(context, runs.Now().Content.Page, Html, tag: null),
                "/data.json" => SendData(context, runs.Now()),
                "/pictures.json" => SendPictures(context, runs.Now()),
                _ => Refuse(context, StatusCodes.Status404NotFound, "There is no such page."),
            };
        }
        catch (Exception error) when (error is RunException or IOException)
        {
            return Refuse(context, StatusCodes.Status500InternalServerError, error.Message);
        }
    }

    private static Task SendData(HttpContext context, WatchedContent now) =>
        Send(context, now.Content.Data, Json, now.DataTag);

    private static Task SendPictures(HttpContext context, WatchedContent now) =>
        Send(context, now.Content.Pictures, Json, now.PicturesTag);

    private static async Task Send(HttpContext context, byte[] content, string type, string? tag)
    {
        SetHeaders(context, type);
        if (tag is not null)
        {
            context.Response.Headers.ETag = tag;
            if (context.Request.Headers.IfNoneMatch == tag)
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }
        context.Response.ContentLength = content.Length;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        }
    }

    private static Task Refuse(HttpContext context, int status, string sentence)
    {
        SetHeaders(context, Text);
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(sentence + "\n", context.RequestAborted);
    }

    // No page of another origin may read, frame or embed what is served here.
    private static void SetHeaders(HttpContext context, string type)
    {
        context.Response.ContentType = type;
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.XFrameOptions = "DENY";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        context.Response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }
}
