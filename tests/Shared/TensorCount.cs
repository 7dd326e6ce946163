namespace DynamicRcnn.Tests;

/// <summary>Native tensors that are held.</summary>
internal static class TensorCount
{
    /// <summary>
    /// How many, where a count begins. What earlier tests left to the garbage collector goes first, so that it does not go while one counts;
    /// where the count ends, <see cref="ops.live_tensors"/> alone says whether something was left.
    /// </summary>
    public static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return ops.live_tensors;
    }
}
