namespace DynamicRcnn.Training;

/// <summary>A process of the job as the store sees it. Its two connections are served by a thread each, and a third one watches.</summary>
/// <param name="name">Its rank and machine, in a sentence.</param>
internal sealed class Attendee(string name)
{
    private long beats;
    private volatile bool hasLeft;
    private volatile bool hasHeard;

    internal string Name => name;

    /// <summary>Signs of life so far.</summary>
    internal long Beats => Interlocked.Read(ref beats);

    /// <summary>Whether it has left in good order.</summary>
    internal bool HasLeft => hasLeft;

    /// <summary>Whether it need not be told of the job's failure any more: it knows, or is gone.</summary>
    internal bool HasHeard => hasHeard;

    internal void Beat() => Interlocked.Increment(ref beats);

    internal void Leave() => hasLeft = true;

    internal void Hear() => hasHeard = true;
}
