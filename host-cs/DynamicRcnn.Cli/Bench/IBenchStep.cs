namespace DynamicRcnn.Cli;

/// <summary>Work that is timed.</summary>
internal interface IBenchStep : IDisposable
{
    /// <summary>
    /// Whether the host waits for the device in each step. Otherwise it does so once for several, and the time of one alone says nothing.
    /// </summary>
    bool IsReadEach { get; }

    /// <summary>Does steps from images in memory to the end of the last, resizing included.</summary>
    /// <param name="first">From 0; it chooses the images, in turn.</param>
    /// <param name="count">How many.</param>
    void Run(int first, int count);

    /// <summary>Does what precedes the detector in such steps, and no more: resizing, flipping, normalising, padding.</summary>
    /// <param name="first">From 0.</param>
    /// <param name="count">How many.</param>
    void MakeBatches(int first, int count);
}
