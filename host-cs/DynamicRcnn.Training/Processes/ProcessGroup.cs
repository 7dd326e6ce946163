using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Training;

/// <summary>
/// The processes of a job, as one of them sees it; one that trains alone is a group too. All make the same calls in the same order, and every
/// call gives all of them the same bits. A call during which another process is found gone ends in <see cref="PeerFailureException"/>.
/// </summary>
public sealed class ProcessGroup : IDisposable
{
    /// <summary>A process says why it fails before its connections close; it may take a moment to get around.</summary>
    private static readonly TimeSpan hearingTime = TimeSpan.FromSeconds(2);
    private readonly ICollectives all;
    private readonly IMeeting meeting;
    private readonly IDisposable[] parts;

    private ProcessGroup(ICollectives all, IMeeting meeting, int localRank, int localSize, params IDisposable[] watches)
    {
        (this.all, this.meeting) = (all, meeting);
        (LocalRank, LocalSize) = (localRank, localSize);
        parts = [.. watches, all, meeting];
    }

    /// <summary>A process that trains alone.</summary>
    public static ProcessGroup Alone { get; } =
        new(new AloneCollectives(), new NoMeeting(), localRank: 0, localSize: 1);

    /// <summary>Why several processes cannot train together in this build, in a sentence; null: they can.</summary>
    public static string? Problem => GlooLibrary.Problem;

    /// <summary>From 0.</summary>
    public int Rank => all.Rank;

    /// <summary>How many processes there are.</summary>
    public int Size => all.Size;

    /// <summary>How many of them share this machine's cores.</summary>
    public int LocalSize { get; }

    /// <summary>This process's place among them, and the number of its GPU.</summary>
    public int LocalRank { get; }

    /// <summary>Whether this process keeps the run's folder and speaks for the job.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>Why the job is at its end, where another process is gone or has failed; null: it is not. Any thread may ask before this one leaves.</summary>
    public string? Verdict => meeting.Verdict;

    /// <summary>Waits for all processes of the job.</summary>
    /// <exception cref="RunException">One did not come, an address cannot be used, or there is no Gloo.</exception>
    /// <exception cref="PeerFailureException">Another process has failed meanwhile.</exception>
    public static ProcessGroup Join(RankEnvironment place) =>
        Join(
            place,
            host => new NcclCollectives(
                host,
                NcclLibrary.Find,
                tensor => tensor.device_type == DeviceType.CUDA,
                GpuIdentity.Of
            )
        );

    /// <param name="place">Of this process.</param>
    /// <param name="over">What goes another way than that of the host's memory.</param>
    /// <inheritdoc cref="Join(RankEnvironment)"/>
    internal static ProcessGroup Join(RankEnvironment place, Func<ICollectives, ICollectives> over)
    {
        if (Problem is { } problem)
        {
            throw new RunException(problem, RunFault.Request);
        }
        List<IDisposable> made = [];
        try
        {
            var meeting = Meeting.At(place);
            made.Add(meeting);
            IPAddress own = LocalAddress.Of(place.NetworkInterface, meeting);
            ICollectives all = over(GlooCollectives.Join(meeting, own.ToString(), place.Timeout));
            made.Add(all);
            meeting.WhenOver(all.Abort);
            var lines = PeerLines.Connect(meeting, own, place.Timeout);
            return new ProcessGroup(all, meeting, place.LocalRank, place.LocalSize, lines);
        }
        catch (Exception error)
        {
            Meeting? meeting = made.OfType<Meeting>().FirstOrDefault();
            Exception told = Told(place, error, meeting?.Verdict);
            if (told is not PeerFailureException)
            {
                meeting?.Fail($"rank {place.Rank} of {place.Size}: {told.Message}");
            }
            made.Reverse();
            made.ForEach(part => part.Dispose());
            throw told;
        }
    }

    /// <summary>Why a process did not join, for who has started it.</summary>
    private static Exception Told(RankEnvironment place, Exception error, string? verdict) =>
        (error, verdict) switch
        {
            (CollectiveException, { } known) => new PeerFailureException(known, error),
            (CollectiveException { IsTimeout: var isLate }, null) => new RunException(
                $"rank {place.Rank} could not meet the other {place.Size - 1} at {place.Address}:{place.Port}"
                    + $"{(isLate ? $" within {place.Timeout.TotalSeconds:F0} s" : "")}: {error.Message}",
                error,
                RunFault.Run
            ),
            _ => error,
        };

    /// <summary>Whether it is so for any of the processes.</summary>
    public bool Any(bool own) => Gather([own ? 1 : 0]).Any(each => each[0] != 0);

    /// <summary>Everybody's numbers in the order of the ranks; all give equally many.</summary>
    public IReadOnlyList<long[]> Gather(long[] own) => GatherRows<long>(own);

    /// <summary>Everybody's numbers in the order of the ranks; all give equally many.</summary>
    public IReadOnlyList<double[]> Gather(double[] own) => GatherRows<double>(own);

    /// <summary>Everybody's bytes in the order of the ranks, as many as each likes.</summary>
    public IReadOnlyList<byte[]> Gather(byte[] own)
    {
        int[] lengths = [.. Gather([own.LongLength]).Select(row => checked((int)row[0]))];
        byte[] padded = new byte[Math.Max(1, lengths.Max())];
        own.CopyTo(padded, 0);
        return [.. GatherRows<byte>(padded).Select((row, rank) => row[..lengths[rank]])];
    }

    /// <summary>The text of rank 0; what the others give is ignored.</summary>
    public string FromFirst(string own) =>
        Encoding.UTF8.GetString(Gather(IsFirst ? Encoding.UTF8.GetBytes(own) : [])[0]);

    /// <summary>The number of rank 0; what the others give is ignored.</summary>
    public double FromFirst(double own) => Gather([own])[0][0];

    /// <summary>Copies rank 0's values into everybody's tensors, which have the same shapes.</summary>
    public void CopyFromFirst(IEnumerable<torch.Tensor> tensors)
    {
        using IDisposable unrecorded = torch.no_grad();
        foreach (torch.Tensor tensor in tensors)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            // Weights of convolutions may lie in memory in another order than that of their shape.
            torch.Tensor dense = tensor.contiguous();
            Together(() => all.Broadcast(dense, root: 0));
            tensor.copy_(dense);
        }
    }

    /// <summary>Adds up everybody's tensors in place: dense ones of float32 or float64.</summary>
    public void Sum(torch.Tensor tensor) => Together(() => all.AllReduce(tensor));

    /// <summary>Waits until all are here.</summary>
    public void Wait() => Together(all.Barrier);

    /// <summary>Tells the others why this process fails, so that they end with its sentence and not with one about a lost connection.</summary>
    public void Fail(string sentence) => meeting.Fail($"rank {Rank} of {Size}: {sentence}");

    /// <summary>Leaves the group; call <see cref="Wait"/> before, where nothing failed.</summary>
    public void Dispose() => Array.ForEach(parts, part => part.Dispose());

    /// <summary>Something that needs all processes.</summary>
    /// <exception cref="PeerFailureException">One of them is gone.</exception>
    private void Together(Action action)
    {
        try
        {
            action();
        }
        catch (CollectiveException error)
        {
            string lost = $"rank {Rank} of {Size} lost another process of the job, which said nothing: {error.Message}";
            throw new PeerFailureException(meeting.Failure(hearingTime) ?? meeting.Fail(lost), error);
        }
    }

    private List<T[]> GatherRows<T>(T[] own)
        where T : unmanaged
    {
        byte[] rows = [];
        Together(() => rows = all.AllGather(MemoryMarshal.AsBytes<T>(own)));
        return [.. MemoryMarshal.Cast<byte, T>(rows).ToArray().Chunk(own.Length)];
    }
}
