using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace DynamicRcnn.Training;

/// <summary>
/// Connections that carry nothing, between each two processes but rank 0, whose heartbeats say more. The kernels at both ends ask each other
/// whether they are there: where the network between two machines is cut while both reach rank 0, nothing else would tell.
/// </summary>
internal sealed class PeerLines : IDisposable
{
    private const int Probes = 3;

    /// <summary>The kernel refuses more.</summary>
    private const double LongestIdleSeconds = 32767;
    private static readonly TimeSpan looking = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan waiting = TimeSpan.FromMilliseconds(20);
    private readonly Meeting meeting;
    private readonly ConcurrentDictionary<Socket, string> lines = [];
    private string name = "";
    private volatile bool stops;

    private PeerLines(Meeting meeting) => this.meeting = meeting;

    /// <summary>Connects the processes; without a limit to silence nothing.</summary>
    /// <param name="meeting">Is told who has lost whom.</param>
    /// <param name="own">This machine's address.</param>
    /// <param name="timeout">How long one process waits for another.</param>
    /// <exception cref="CollectiveException">One did not come.</exception>
    internal static PeerLines Connect(Meeting meeting, IPAddress own, TimeSpan timeout)
    {
        PeerLines made = new(meeting);
        if (meeting.Rank == 0 || meeting.Size == 2 || !meeting.Silence.IsLimited)
        {
            return made;
        }
        try
        {
            made.Connect(own, timeout);
        }
        catch (Exception error)
        {
            made.Dispose();
            throw error is IOException or SocketException
                ? new CollectiveException($"no connection to another process: {error.Message}")
                : error;
        }
        new Thread(made.Watch) { IsBackground = true, Name = "lines" }.Start();
        return made;
    }

    public void Dispose()
    {
        stops = true;
        foreach (Socket line in lines.Keys)
        {
            line.Dispose();
        }
    }

    /// <summary>To those before this one; those after it come.</summary>
    private void Connect(IPAddress own, TimeSpan timeout)
    {
        using TcpListener listener = new(own, 0);
        listener.Start();
        name = meeting.NameOf(meeting.Rank);
        meeting.Put("line", Wire.Bytes($"{listener.LocalEndpoint}"));
        for (int other = 1; other < meeting.Rank; other++)
        {
            var place = IPEndPoint.Parse(System.Text.Encoding.UTF8.GetString(meeting.Take("line", other)));
            Socket line = new(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            Keep(line, other);
            line.Connect(place);
            using NetworkStream stream = new(line);
            Wire.Write(stream, JobName.Greeting, Wire.Bytes(meeting.Rank));
        }
        long started = Stopwatch.GetTimestamp();
        while (lines.Count < meeting.Size - 2)
        {
            if (listener.Pending())
            {
                Accept(listener.AcceptSocket());
            }
            else if (meeting.Verdict is not null || Stopwatch.GetElapsedTime(started) > timeout)
            {
                throw new CollectiveException("another process did not connect")
                {
                    IsTimeout = meeting.Verdict is null,
                };
            }
            else
            {
                Thread.Sleep(waiting);
            }
        }
    }

    /// <summary>A process after this one, or something else that has found the port.</summary>
    private void Accept(Socket line)
    {
        try
        {
            line.ReceiveTimeout = (int)looking.TotalMilliseconds;
            using NetworkStream stream = new(line);
            if (Wire.ReadByte(stream) == JobName.Greeting)
            {
                int rank = Wire.ReadNumber(stream);
                if (rank > meeting.Rank && rank < meeting.Size)
                {
                    Keep(line, rank);
                    return;
                }
            }
        }
        catch (IOException)
        {
            // It is not one of ours.
        }
        line.Dispose();
    }

    private void Keep(Socket line, int other)
    {
        int Seconds(int part) =>
            (int)Math.Min(LongestIdleSeconds, Math.Ceiling(meeting.Silence.Limit.TotalSeconds / part));
        line.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        line.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, Seconds(2));
        line.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Seconds(2 * Probes));
        line.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
        lines[line] = meeting.NameOf(other);
    }

    private void Watch()
    {
        try
        {
            while (!stops && !lines.IsEmpty)
            {
                List<Socket> spoken = [.. lines.Keys];
                Socket.Select(spoken, null, null, looking);
                spoken.ForEach(Look);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // This process leaves.
        }
    }

    private void Look(Socket line)
    {
        string other = lines[line];
        try
        {
            // Closed: the other process has ended, which rank 0 sees too.
            _ = line.Receive(new byte[1]);
        }
        catch (SocketException error) when (error.SocketErrorCode != SocketError.ConnectionReset && !stops)
        {
            meeting.Fail($"{name} and {other} do not reach each other any more: the network between them is gone");
        }
        catch (SocketException)
        {
            // The same, at once.
        }
        lines.TryRemove(line, out _);
        line.Dispose();
    }
}
