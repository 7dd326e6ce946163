using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace DynamicRcnn.Training;

/// <summary>
/// Serves the store where the processes of a job meet, in the process of rank 0. It accuses who is silent for too long, and who ends without
/// a word.
/// </summary>
internal sealed class MeetingServer : IDisposable
{
    /// <summary>What greets may take so long for it; who else connects does not hold up a thread for ever.</summary>
    private const int GreetingMilliseconds = 5000;

    /// <summary>The others read of a failure in their next round.</summary>
    private static readonly TimeSpan hearingTime = TimeSpan.FromSeconds(3);
    private readonly TcpListener listener;
    private readonly JobName job;
    private readonly Silence silence;
    private readonly MeetingStore store = new();
    private readonly ConcurrentDictionary<int, Attendee> attendees = [];
    private readonly ConcurrentDictionary<Socket, bool> connections = [];
    private volatile bool stops;

    private MeetingServer(TcpListener listener, JobName job, Silence silence)
    {
        this.listener = listener;
        this.job = job;
        this.silence = silence;
        Start(Accept);
        if (silence.IsLimited)
        {
            Start(Watch);
        }
    }

    internal int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Where this machine itself reaches it.</summary>
    internal string OwnAddress =>
        $"{(((IPEndPoint)listener.LocalEndpoint).Address is var own && IPAddress.IsLoopback(own) ? own : IPAddress.Loopback)}";

    /// <summary>Serves on the first port that is free.</summary>
    /// <exception cref="CollectiveException">None is.</exception>
    internal static MeetingServer On(string host, IReadOnlyList<int> ports, JobName job, Silence silence)
    {
        // What needs no other machine is open to none.
        bool isLocal = IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address);
        SocketException? last = null;
        foreach (int port in ports)
        {
            TcpListener listener = isLocal ? new(address!, port) : TcpListener.Create(port);
            try
            {
                listener.Start();
                return new MeetingServer(listener, job, silence);
            }
            catch (SocketException error)
            {
                listener.Dispose();
                last = error;
            }
        }
        throw new CollectiveException($"no port from {ports[0]} to {ports[^1]} is free: {last!.Message}");
    }

    /// <summary>Ends the job, but for those who have not heard why: they are waited for, for a moment.</summary>
    public void Dispose()
    {
        long started = Stopwatch.GetTimestamp();
        while (
            store.Failure is not null
            && attendees.Values.Any(each => !each.HasHeard)
            && Stopwatch.GetElapsedTime(started) < hearingTime
        )
        {
            Thread.Sleep(TimeSpan.FromMilliseconds(20));
        }
        stops = true;
        listener.Dispose();
        foreach (Socket connection in connections.Keys)
        {
            connection.Dispose();
        }
    }

    private static void Start(Action body) =>
        new Thread(() => body()) { IsBackground = true, Name = "meeting" }.Start();

    private void Accept()
    {
        try
        {
            while (true)
            {
                Socket connection = listener.AcceptSocket();
                connections[connection] = true;
                Start(() => Serve(connection));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // It is at its end.
        }
    }

    private void Serve(Socket connection)
    {
        Attendee? who = null;
        bool hasAsked = false;
        try
        {
            connection.NoDelay = true;
            using NetworkStream stream = new(connection, ownsSocket: true);
            who = Greet(connection, stream);
            while (who is not null)
            {
                Reply(stream, who);
                hasAsked = true;
            }
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
        {
            // A process that ends closes its connections, whatever it dies of; one that did not hear the answer to its greeting comes again.
            if (who is { HasLeft: false } && hasAsked && !stops)
            {
                store.Fail($"{who.Name} has ended and said nothing");
            }
            who?.Hear();
        }
        finally
        {
            connections.TryRemove(connection, out _);
        }
    }

    /// <returns>Null: it is of another job, or something else.</returns>
    private Attendee? Greet(Socket connection, NetworkStream stream)
    {
        connection.ReceiveTimeout = GreetingMilliseconds;
        if (Wire.ReadByte(stream) != JobName.Greeting || Wire.ReadText(stream) != job.Text)
        {
            Wire.Write(stream, (byte)Answer.Nothing, []);
            return null;
        }
        int rank = Wire.ReadNumber(stream);
        if (rank < 0 || rank >= job.Size)
        {
            throw new IOException($"rank {rank} of {job.Size}");
        }
        string machine = Wire.ReadText(stream);
        connection.ReceiveTimeout = 0;
        string name = $"rank {rank} of {job.Size} on {machine} ({Address(connection.RemoteEndPoint)})";
        store.Put($"{JobName.NameKey}/{rank}", Wire.Bytes(name));
        store.Put($"{JobName.ReachedKey}/{rank}", Wire.Bytes(Address(connection.LocalEndPoint)));
        Wire.Write(stream, (byte)Answer.Value, Wire.Bytes((int)silence.Limit.TotalMilliseconds));
        return attendees.GetOrAdd(rank, _ => new Attendee(name));
    }

    private static string Address(EndPoint? end) => $"{LocalAddress.Plain(((IPEndPoint)end!).Address)}";

    private void Reply(NetworkStream stream, Attendee who)
    {
        var question = (Question)Wire.ReadByte(stream);
        string key = Wire.ReadText(stream);
        byte[] value = Wire.ReadString(stream);
        TimeSpan wait = TimeSpan.FromMilliseconds(Wire.ReadNumber(stream));
        byte[]? found = null;
        switch (question)
        {
            case Question.Put:
                store.Put(key, value);
                break;
            case Question.Take:
                found = store.Take(key, wait);
                break;
            case Question.Beat:
                who.Beat();
                break;
            case Question.Fail:
                store.Fail(System.Text.Encoding.UTF8.GetString(value));
                break;
            case Question.Leave:
                who.Leave();
                break;
            default:
                throw new IOException($"an unknown question {question}");
        }
        if (found is null && store.Failure is { } sentence)
        {
            Wire.Write(stream, (byte)Answer.Failure, Wire.Bytes(sentence));
            who.Hear();
        }
        else
        {
            Wire.Write(stream, (byte)(found is null ? Answer.Nothing : Answer.Value), found ?? []);
        }
    }

    private void Watch()
    {
        Dictionary<int, (long Beats, long Rounds)> seen = [];
        while (!stops)
        {
            Thread.Sleep(silence.Round);
            // Rank 0 is this process.
            foreach ((int rank, Attendee each) in attendees.Where(entry => entry.Key > 0))
            {
                // One that has not begun is waited for by the time-out of the meeting.
                (long beats, long rounds) = seen.GetValueOrDefault(rank);
                rounds = each.Beats == beats && beats > 0 && !each.HasLeft ? rounds + 1 : 0;
                seen[rank] = (each.Beats, rounds);
                if (rounds > silence.Rounds)
                {
                    store.Fail($"{each.Name} has not been heard of for {silence}: its machine or its network is gone");
                }
            }
        }
    }
}
