using System.Runtime.Versioning;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>
/// Machines of a network: namespaces of the kernel, with a cable from each to a switch. Only root can make them, with iproute2; otherwise a
/// test is skipped.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class Machines : IDisposable
{
    /// <summary>Of the machines, and of the switch.</summary>
    private readonly string[] names;

    private Machines(int count) =>
        names = [.. Enumerable.Range(0, count + 1).Select(place => $"drcnn{Environment.ProcessId}-{place}")];

    /// <summary>The address of a machine, from 0.</summary>
    public static string AddressOf(int machine) => $"10.213.77.{machine + 1}";

    public static Machines Connect(int count)
    {
        var machines = new Machines(count);
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

    /// <summary>Takes the cable of a machine out.</summary>
    public void Cut(int machine) => Ip("-n", names[machine], "link", "set", "cable", "down");

    /// <summary>Lets machines reach all others but each other.</summary>
    public void Part(params int[] machines)
    {
        foreach (int machine in machines)
        {
            Ip(["-n", Switch, "link", "set", $"port{machine}", .. Words("type bridge_slave isolated on")]);
        }
    }

    public void Dispose()
    {
        foreach (string name in names)
        {
            Ip("netns", "del", name);
        }
    }

    private string Switch => names[^1];

    /// <returns>Why it was not possible; empty: it was.</returns>
    private string Make()
    {
        string[][] commands =
        [
            ["netns", "add", Switch],
            ["-n", Switch, .. Words("link add name bridge type bridge")],
            ["-n", Switch, .. Words("link set bridge up")],
            .. Enumerable.Range(0, names.Length - 1).SelectMany(CommandsOf),
        ];
        return commands.Select(Ip).FirstOrDefault(said => said.Length > 0, "");
    }

    private string[][] CommandsOf(int machine)
    {
        string name = names[machine];
        string port = $"port{machine}";
        return
        [
            ["netns", "add", name],
            [.. Words("link add cable netns"), name, .. Words("type veth peer name"), port, "netns", Switch],
            ["-n", Switch, "link", "set", port, "master", "bridge"],
            ["-n", Switch, "link", "set", port, "up"],
            ["-n", name, "addr", "add", $"{AddressOf(machine)}/24", "dev", "cable"],
            ["-n", name, .. Words("link set lo up")],
            ["-n", name, .. Words("link set cable up")],
        ];
    }

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
