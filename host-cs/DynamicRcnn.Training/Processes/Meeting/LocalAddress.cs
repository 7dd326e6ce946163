using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace DynamicRcnn.Training;

/// <summary>The address of this machine that other processes of a job reach it at.</summary>
internal static class LocalAddress
{
    /// <summary>That of a network interface, or the one that packets to the machine of rank 0 leave from.</summary>
    /// <param name="networkInterface">Null: not said.</param>
    /// <param name="host">The machine of rank 0.</param>
    /// <param name="port">Any of it.</param>
    /// <exception cref="CollectiveException">There is none.</exception>
    internal static IPAddress Of(string? networkInterface, string host, int port) =>
        networkInterface is null ? Towards(host, port) : OfInterface(networkInterface);

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

    private static IPAddress Towards(string host, int port)
    {
        try
        {
            using Socket socket = new(SocketType.Dgram, ProtocolType.Udp);
            // Nothing is sent: it chooses the route.
            socket.Connect(host, port);
            IPAddress address = ((IPEndPoint)socket.LocalEndPoint!).Address;
            return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        }
        catch (SocketException error)
        {
            throw new CollectiveException($"no route leads from this machine to {host}: {error.Message}");
        }
    }
}
