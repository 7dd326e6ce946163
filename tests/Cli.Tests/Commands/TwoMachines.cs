using System.Runtime.Versioning;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>
/// Two machines of a network: namespaces of the kernel with a cable between them. Only root can make them, with iproute2; otherwise a test is
/// skipped.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class TwoMachines : IDisposable
{
    private readonly string[] names = [.. new[] { "a", "b" }.Select(end => $"drcnn{Environment.ProcessId}{end}")];

    private TwoMachines() { }

    /// <summary>The address of a machine, 0 or 1.</summary>
    public static string AddressOf(int machine) => $"10.213.77.{machine + 1}";

    public static TwoMachines Connect()
    {
        var machines = new TwoMachines();
        string reason = Environment.IsPrivilegedProcess ? machines.Make() : "only root makes them";
        if (reason.Length > 0)
        {
            machines.Dispose();
            Assert.Skip($"needs network namespaces: {reason.Trim()}");
        }

        return machines;
    }

    /// <summary>What starts a command line on a machine.</summary>
    public string[] On(int machine) => ["netns", "exec", names[machine]];

    /// <summary>Takes the cable out.</summary>
    public void Cut() => ProcessRun.Of("ip", ["-n", names[1], "link", "set", "cable", "down"]);

    public void Dispose()
    {
        foreach (string name in names)
        {
            Ip("netns", "del", name);
        }
    }

    /// <returns>Why it was not possible; empty: it was.</returns>
    private string Make()
    {
        string[][] commands =
        [
            ["netns", "add", names[0]],
            ["netns", "add", names[1]],
            [.. Words("link add cable netns"), names[0], .. Words("type veth peer name cable netns"), names[1]],
            .. Enumerable.Range(0, 2).SelectMany(CommandsOf),
        ];
        return commands.Select(Ip).FirstOrDefault(said => said.Length > 0, "");
    }

    private string[][] CommandsOf(int machine) =>
        [
            ["-n", names[machine], .. Words("addr add"), $"{AddressOf(machine)}/24", .. Words("dev cable")],
            ["-n", names[machine], .. Words("link set lo up")],
            ["-n", names[machine], .. Words("link set cable up")],
        ];

    private static string[] Words(string line) => line.Split(' ');

    /// <returns>What it said of its failure; empty: it did not fail.</returns>
    private static string Ip(params string[] arguments)
    {
        try
        {
            return ProcessRun.Of("ip", arguments).Errors;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "ip, of the package iproute2, is not there";
        }
    }
}
