namespace DynamicRcnn.Training;

/// <summary>How the processes of a job hear of each other's end.</summary>
internal interface IMeeting : IDisposable
{
    /// <summary>Why the job is at its end, as far as this process has heard; null: it is not. Any thread may ask.</summary>
    string? Verdict { get; }

    /// <summary>Why the job is at its end, waiting for it; null: nobody says.</summary>
    string? Failure(TimeSpan wait);

    /// <summary>Ends the job with a sentence; the first one stays.</summary>
    /// <returns>The sentence that it ends with.</returns>
    string Fail(string sentence);
}

/// <summary>Of a process that trains alone.</summary>
internal sealed class NoMeeting : IMeeting
{
    public string? Verdict => null;

    public string? Failure(TimeSpan wait) => null;

    public string Fail(string sentence) => sentence;

    public void Dispose() { }
}
