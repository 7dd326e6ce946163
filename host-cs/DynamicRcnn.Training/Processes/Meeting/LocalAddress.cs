using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace DynamicRcnn.Training;

/// <summary>The address of this machine that other processes of a job reach it at.</summary>
internal static class LocalAddress
{
    /// <summary>That of a network interface, or the one that the way to rank 0 begins at.</summary>
    /// <param name="networkInterface">Null: not said.</param>
    /// <param name="meeting">Where this process has come to.</param>
    /// <exception cref="CollectiveException">There is no such interface, or somebody did not come.</exception>
    /// <exception cref="PeerFailureException">Another process has failed meanwhile.</exception>
    internal static IPAddress Of(string? networkInterface, Meeting meeting) =>
        networkInterface is null ? Towards(meeting) : OfInterface(networkInterface);

    /// <summary>As IPv4 where it is one in the form of IPv6.</summary>
    internal static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static IPAddress OfInterface(string name)
    {
        NetworkInterface[] all = NetworkInterface.GetAllNetworkInterfaces();
        return all.FirstOrDefault(each => each.Name == name) is { } named
            ? named
                .GetIPProperties()
                .UnicastAddresses.Select(each => each.Address)
                .OrderBy(address => address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
                .FirstOrDefault()
                ?? throw new CollectiveException($"the network interface {name} of GLOO_SOCKET_IFNAME has no address")
            : throw new CollectiveException(
                $"GLOO_SOCKET_IFNAME names the network interface {name}, expected one of {string.Join(", ", all.Select(each => each.Name))}"
            );
    }

    /// <summary>
    /// What has come over the loopback is on the machine of rank 0, whose name may stand for the loopback there alone (127.0.1.1 in Debian's
    /// /etc/hosts): others reach it where they have reached rank 0. The loopback serves where all are on that machine.
    /// </summary>
    private static IPAddress Towards(Meeting meeting) =>
        IPAddress.IsLoopback(meeting.Address)
            ? Enumerable
                .Range(1, meeting.Size - 1)
                .Select(meeting.AddressOfFirst)
                .FirstOrDefault(address => !IPAddress.IsLoopback(address), meeting.Address)
            : meeting.Address;
}
