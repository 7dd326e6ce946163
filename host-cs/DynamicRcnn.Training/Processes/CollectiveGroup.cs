using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace DynamicRcnn.Training;

/// <summary>An operation that several processes make together failed: mostly because one of them is gone.</summary>
public sealed class CollectiveException(string message) : Exception(message);

/// <summary>Where a group of processes meets.</summary>
/// <param name="Host">Name or address of the machine of rank 0.</param>
/// <param name="Port">A free port of it.</param>
/// <param name="ServesStore">Whether this process serves the store there; of a group one does, or the program that started it.</param>
/// <param name="Prefix">Keeps groups at one store apart.</param>
public sealed record MeetingPoint(string Host, int Port, bool ServesStore, string Prefix);

/// <summary>How long processes of a group wait for each other.</summary>
/// <param name="Heartbeat">How long one may be silent, however long it computes; zero: for ever. What rank 0 says counts for all.</param>
/// <param name="Timeout">The longest wait for one that is not silent, of joining and of every later operation.</param>
public sealed record Patience(TimeSpan Heartbeat, TimeSpan Timeout);

/// <summary>
/// Processes that compute together. TorchSharp has no c10d, and nothing stands in for it yet: nobody can join, so nothing here is ever called but
/// <see cref="Problem"/> and <see cref="Join"/>.
/// </summary>
[SuppressMessage("Performance", "CA1822", Justification = "Members of a group.")]
[SuppressMessage("Naming", "CA1707", Justification = "In-place and collective names as in libtorch.")]
public sealed class CollectiveGroup : IDisposable
{
    private CollectiveGroup() { }

    /// <summary>Why several processes cannot train together, in a sentence; null: they can.</summary>
    public static string? Problem =>
        "a run has one process in this version: leave out --processes, torchrun and the like";

    /// <summary>This process's place, from 0.</summary>
    public int Rank => throw new UnreachableException(Problem);

    /// <summary>How many processes there are.</summary>
    public int Size => throw new UnreachableException(Problem);

    /// <exception cref="CollectiveException">Always.</exception>
    public static CollectiveGroup Join(MeetingPoint where, int rank, int size, Patience patience, int gpu = 0) =>
        throw new CollectiveException(Problem!);

    /// <summary>Adds up the processes' tensors, in place.</summary>
    public void all_reduce_(torch.Tensor tensor) => throw new UnreachableException(Problem);

    /// <summary>The processes' tensors in the order of the ranks.</summary>
    public torch.Tensor all_gather(torch.Tensor tensor) => throw new UnreachableException(Problem);

    /// <summary>Copies a process's tensor into those of the others, in place.</summary>
    public void broadcast_(torch.Tensor tensor, int root) => throw new UnreachableException(Problem);

    /// <summary>Waits until all processes are here.</summary>
    public void barrier() => throw new UnreachableException(Problem);

    /// <summary>Buckets for the gradients of leaves.</summary>
    public GradientBuckets Buckets(IReadOnlyList<torch.Tensor> leaves, long firstBytes, long bytes) =>
        throw new UnreachableException(Problem);

    /// <summary>Tells the others why this process fails.</summary>
    public void Fail(string sentence) => throw new UnreachableException(Problem);

    /// <summary>What the process said that failed first.</summary>
    public string? Failure(TimeSpan wait) => throw new UnreachableException(Problem);

    /// <summary>The same at once.</summary>
    public string? Verdict() => throw new UnreachableException(Problem);

    /// <summary>Ends the process and nothing else.</summary>
    public static void EndProcess(int exitCode) => throw new UnreachableException(Problem);

    /// <inheritdoc/>
    public void Dispose() { }
}

/// <summary>Gradients that are summed over the processes bucket by bucket; of a group that nobody can join there are none.</summary>
[SuppressMessage("Performance", "CA1822", Justification = "Members of a group.")]
public sealed class GradientBuckets : IDisposable
{
    private GradientBuckets() { }

    /// <summary>Says that the next backward is the step's last.</summary>
    public void Arm() => throw new UnreachableException(CollectiveGroup.Problem);

    /// <summary>Waits for all buckets.</summary>
    public void Finish() => throw new UnreachableException(CollectiveGroup.Problem);

    /// <inheritdoc/>
    public void Dispose() { }
}
