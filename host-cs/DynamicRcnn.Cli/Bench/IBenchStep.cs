namespace DynamicRcnn.Cli.Bench;

/// <summary>Work that is timed a step at a time.</summary>
internal interface IBenchStep : IDisposable
{
    /// <summary>Does a step from images in memory to its end, resizing included.</summary>
    /// <param name="index">From 0; it chooses the images, in turn.</param>
    void Run(int index);
}
