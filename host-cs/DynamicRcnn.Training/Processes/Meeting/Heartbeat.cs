namespace DynamicRcnn.Training;

/// <summary>
/// A thread that does nothing but give signs of life to the store, and reads there whether the job is at its end; the training thread may
/// compute for as long as it likes. It has a connection of its own, which nothing else holds up.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    /// <summary>A process that ends in good order closes its connections too, but then this one ends as well.</summary>
    private static readonly TimeSpan closingTime = TimeSpan.FromSeconds(5);

    /// <summary>A thread that hangs in a call to a machine that is gone is left to the end of the process.</summary>
    private static readonly TimeSpan stoppingTime = TimeSpan.FromSeconds(1);
    private readonly MeetingClient store;
    private readonly Lock telling = new();
    private readonly ManualResetEventSlim stopped = new();
    private readonly Thread thread;
    private Action whenOver = static () => { };
    private volatile string? verdict;

    /// <param name="store">A connection for this object alone, which ends with it.</param>
    internal Heartbeat(MeetingClient store)
    {
        this.store = store;
        thread = new Thread(Run) { IsBackground = true, Name = "heartbeat" };
        thread.Start();
    }

    /// <summary>Why the job is at its end; null: it is not.</summary>
    internal string? Verdict => verdict;

    /// <summary>Has something done as soon as the job is at its end, by this object's thread; at once where it is.</summary>
    internal void WhenOver(Action action)
    {
        lock (telling)
        {
            if (verdict is null)
            {
                whenOver += action;
                return;
            }
        }
        action();
    }

    /// <summary>Says that the job is at its end, unless it is known.</summary>
    internal void Conclude(string sentence)
    {
        lock (telling)
        {
            if (verdict is not null)
            {
                return;
            }
            verdict = sentence;
        }
        whenOver();
    }

    public void Dispose()
    {
        stopped.Set();
        if (thread.Join(stoppingTime))
        {
            stopped.Dispose();
        }
        store.Dispose();
    }

    private void Run()
    {
        try
        {
            do
            {
                if (store.Beat(out bool isAnswered) is { } failure)
                {
                    Conclude(failure);
                    return;
                }
                if (!isAnswered)
                {
                    Conclude(
                        $"the store at {store.Place} has not answered for {store.Silence}: the machine of rank 0, or the network to it, is gone"
                    );
                    return;
                }
            } while (!stopped.Wait(store.Silence.Round));
        }
        catch (Exception error)
            when (error is IOException or ObjectDisposedException or System.Net.Sockets.SocketException)
        {
            if (!stopped.IsSet && !stopped.Wait(closingTime))
            {
                Conclude(
                    $"the store at {store.Place} has closed its connection: rank 0, or what started it, has ended"
                );
            }
        }
    }
}
