using System.Net;

namespace DynamicRcnn.Training;

/// <summary>
/// Where the processes of a job meet, as one of them sees it: a store that rank 0 serves, for what they must know of each other before they can
/// exchange anything, and for who fails or is gone.
/// </summary>
internal sealed class Meeting : IMeeting
{
    private readonly MeetingServer? server;
    private readonly MeetingClient store;
    private readonly Heartbeat heartbeat;
    private readonly TimeSpan timeout;

    private Meeting(RankEnvironment place, MeetingServer? server, MeetingClient store, MeetingClient beats)
    {
        this.server = server;
        this.store = store;
        heartbeat = new Heartbeat(beats);
        timeout = place.Timeout;
        (Rank, Size) = (place.Rank, place.Size);
    }

    internal int Rank { get; }

    internal int Size { get; }

    /// <summary>How long a process may be silent.</summary>
    internal Silence Silence => store.Silence;

    /// <inheritdoc/>
    public string? Verdict => heartbeat.Verdict;

    /// <summary>Serves the store, where this is rank 0, and comes to it.</summary>
    /// <exception cref="CollectiveException">There is no free port, or no store within the time-out.</exception>
    internal static Meeting At(RankEnvironment place)
    {
        var job = JobName.Of(place);
        int[] ports = JobName.Ports(place);
        if (place.Rank > 0)
        {
            return Come(place, null, place.Address, ports, job);
        }
        MeetingServer server = MeetingServer.On(place.Address, ports, job, new Silence(place.Heartbeat));
        try
        {
            return Come(place, server, server.OwnAddress, [server.Port], job);
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Tells all processes something.</summary>
    internal void Put(string key, byte[] value) => store.Put($"{key}/{Rank}", value);

    /// <summary>What a process tells, waiting for it.</summary>
    /// <exception cref="CollectiveException">It did not come in time.</exception>
    /// <exception cref="PeerFailureException">The job has failed meanwhile.</exception>
    internal byte[] Take(string key, int rank) => store.Take($"{key}/{rank}", timeout);

    /// <summary>What everybody tells, in the order of the ranks.</summary>
    /// <inheritdoc cref="Take"/>
    internal byte[][] Exchange(string key, byte[] own)
    {
        Put(key, own);
        return [.. Enumerable.Range(0, Size).Select(rank => Take(key, rank))];
    }

    /// <summary>The address of this machine that the way to rank 0 begins at.</summary>
    internal IPAddress Address => store.Address;

    /// <summary>The address of rank 0's machine that a process has reached it at.</summary>
    /// <inheritdoc cref="Take"/>
    internal IPAddress AddressOfFirst(int rank) =>
        IPAddress.Parse(System.Text.Encoding.UTF8.GetString(Take(JobName.ReachedKey, rank)));

    /// <summary>What a process is called in a sentence: its rank and machine.</summary>
    internal string NameOf(int rank) => System.Text.Encoding.UTF8.GetString(Take(JobName.NameKey, rank));

    /// <summary>Has something done by another thread as soon as the job is at its end; at once where it is.</summary>
    internal void WhenOver(Action action) => heartbeat.WhenOver(action);

    /// <inheritdoc/>
    public string Fail(string sentence)
    {
        try
        {
            sentence = store.Fail(sentence);
        }
        catch (CollectiveException)
        {
            // Nobody may be left to hear it.
        }
        heartbeat.Conclude(sentence);
        return sentence;
    }

    /// <inheritdoc/>
    public string? Failure(TimeSpan wait)
    {
        try
        {
            return Verdict ?? store.Failure(wait);
        }
        catch (CollectiveException)
        {
            return Verdict;
        }
    }

    /// <summary>Leaves. Where the job has failed, rank 0 waits for a moment until all have heard it.</summary>
    public void Dispose()
    {
        try
        {
            store.Leave();
        }
        catch (CollectiveException)
        {
            // It is gone before this process.
        }
        heartbeat.Dispose();
        store.Dispose();
        server?.Dispose();
    }

    private static Meeting Come(RankEnvironment place, MeetingServer? server, string host, int[] ports, JobName job)
    {
        MeetingClient store = MeetingClient.Find(host, ports, job, place.Rank, place.Timeout);
        try
        {
            return new Meeting(place, server, store, MeetingClient.Find(host, ports, job, place.Rank, place.Timeout));
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }
}
