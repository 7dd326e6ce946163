using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DynamicRcnn.Report.Tests.Browser;

/// <summary>The DevTools protocol: commands with answers, and events.</summary>
internal sealed class DevTools : IAsyncDisposable
{
    private readonly ClientWebSocket socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> waiting = new();
    private readonly CancellationTokenSource closing = new();
    private readonly Action<string, string, JsonNode> hear;
    private readonly SemaphoreSlim turn = new(1);
    private Task reading = Task.CompletedTask;
    private int lastId;

    private DevTools(Action<string, string, JsonNode> hear) => this.hear = hear;

    /// <param name="address">Of the browser.</param>
    /// <param name="hear">Told the session, name and values of each event.</param>
    public static async Task<DevTools> Connect(Uri address, Action<string, string, JsonNode> hear)
    {
        DevTools made = new(hear);
        await made.socket.ConnectAsync(address, made.closing.Token);
        made.reading = made.Read();
        return made;
    }

    /// <summary>Sends a command and waits for its answer.</summary>
    public async Task<JsonNode> Send(string method, JsonObject? parameters = null, string? session = null)
    {
        int id = Interlocked.Increment(ref lastId);
        JsonObject command = new()
        {
            ["id"] = id,
            ["method"] = method,
            ["params"] = parameters ?? [],
        };
        if (session is not null)
        {
            command["sessionId"] = session;
        }
        TaskCompletionSource<JsonNode> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting[id] = answer;
        await turn.WaitAsync();
        try
        {
            byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(command);
            await socket.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, closing.Token);
        }
        finally
        {
            turn.Release();
        }
        return await answer.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await reading;
        socket.Dispose();
        closing.Dispose();
        turn.Dispose();
    }

    private async Task Read()
    {
        byte[] buffer = new byte[1 << 16];
        using MemoryStream message = new();
        try
        {
            while (true)
            {
                message.SetLength(0);
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await socket.ReceiveAsync(buffer.AsMemory(), closing.Token);
                    await message.WriteAsync(buffer.AsMemory(0, part.Count), closing.Token);
                } while (!part.EndOfMessage);
                Take(JsonNode.Parse(message.ToArray())!);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException or JsonException)
        {
            foreach (TaskCompletionSource<JsonNode> answer in waiting.Values)
            {
                answer.TrySetException(new IOException("the browser has closed the connection", error));
            }
        }
    }

    private void Take(JsonNode message)
    {
        if (message["id"] is { } id)
        {
            if (waiting.TryRemove(id.GetValue<int>(), out TaskCompletionSource<JsonNode>? answer))
            {
                if (message["error"] is { } error)
                {
                    answer.SetException(new InvalidOperationException(error.ToJsonString()));
                }
                else
                {
                    answer.SetResult(message["result"]!);
                }
            }
        }
        else if (message["sessionId"] is { } session)
        {
            hear(session.GetValue<string>(), message["method"]!.GetValue<string>(), message["params"]!);
        }
    }
}
