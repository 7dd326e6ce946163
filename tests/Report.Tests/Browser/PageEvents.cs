using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace DynamicRcnn.Report.Tests.Browser;

/// <summary>What a page did: the addresses that it asked for, and what went wrong in it.</summary>
internal sealed class PageEvents
{
    private readonly ConcurrentQueue<string> requests = new();
    private readonly ConcurrentQueue<string> errors = new();

    /// <summary>All addresses but data that lies inside the page.</summary>
    public IReadOnlyList<string> Requests =>
        [.. requests.Where(address => !address.StartsWith("data:", StringComparison.Ordinal))];

    public IReadOnlyList<string> Errors => [.. errors];

    public void Hear(string name, JsonNode values)
    {
        switch (name)
        {
            case "Network.requestWillBeSent":
                requests.Enqueue(values["request"]!["url"]!.GetValue<string>());
                break;
            case "Runtime.exceptionThrown":
                errors.Enqueue(values.ToJsonString());
                break;
            case "Runtime.consoleAPICalled" when values["type"]!.GetValue<string>() is "error" or "warning" or "assert":
                errors.Enqueue(values.ToJsonString());
                break;
            case "Log.entryAdded" when values["entry"]!["level"]!.GetValue<string>() is "error" or "warning":
                errors.Enqueue(values.ToJsonString());
                break;
            default:
                break;
        }
    }
}
