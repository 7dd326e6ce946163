using System.Runtime.ExceptionServices;

namespace DynamicRcnn.Data;

/// <summary>Opens many small files at once.</summary>
internal static class InOrder
{
    /// <summary>The results in the order of the items, computed by several threads; the first failure arrives as itself.</summary>
    internal static TResult[] Map<T, TResult>(IEnumerable<T> items, Func<T, TResult> compute)
    {
        try
        {
            return [.. items.AsParallel().AsOrdered().Select(compute)];
        }
        catch (AggregateException error)
        {
            ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
            throw;
        }
    }
}
