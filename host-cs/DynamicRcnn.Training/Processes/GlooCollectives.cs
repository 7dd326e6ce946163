using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace DynamicRcnn.Training;

/// <summary>Processes that talk over Gloo: each has a connection to each. What lies on a GPU travels by way of the host's memory.</summary>
internal sealed unsafe class GlooCollectives : ICollectives
{
    private readonly Lock closing = new();
    private nint group;

    private GlooCollectives(nint group, int rank, int size)
    {
        this.group = group;
        Rank = rank;
        Size = size;
    }

    public int Rank { get; }

    public int Size { get; }

    /// <summary>Connects all processes, which exchange their addresses at the meeting.</summary>
    /// <param name="meeting">Ends the group as soon as it knows that the job is at its end.</param>
    /// <param name="host">This process's own address in the network.</param>
    /// <param name="timeout">The longest wait of any operation.</param>
    /// <exception cref="CollectiveException">The address cannot be used, or somebody did not come.</exception>
    /// <exception cref="PeerFailureException">Another process has failed meanwhile.</exception>
    [SuppressMessage("Reliability", "CA2000", Justification = "The caller's.")]
    internal static GlooCollectives Join(Meeting meeting, string host, TimeSpan timeout)
    {
        (int rank, int size) = (meeting.Rank, meeting.Size);
        byte[] own = new byte[size * GlooLibrary.AddressBytes];
        nint group;
        fixed (byte* addresses = own)
        {
            long milliseconds = (long)timeout.TotalMilliseconds;
            GlooLibrary.Check(GlooLibrary.drcnn_processes_open(rank, size, host, milliseconds, addresses, out group));
        }
        GlooCollectives made = new(group, rank, size);
        try
        {
            meeting.WhenOver(made.Abort);
            byte[] theirs = [.. meeting.Exchange("gloo", own).SelectMany(row => AddressFor(rank, row))];
            long started = Stopwatch.GetTimestamp();
            try
            {
                fixed (byte* addresses = theirs)
                {
                    GlooLibrary.Check(GlooLibrary.drcnn_processes_connect(group, addresses));
                }
            }
            catch (CollectiveException error) when (Stopwatch.GetElapsedTime(started) >= timeout)
            {
                throw new CollectiveException(error.Message) { IsTimeout = true };
            }
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    public void AllReduce(torch.Tensor values) =>
        OnHost(
            values,
            host =>
                GlooLibrary.drcnn_processes_all_reduce(
                    group,
                    TensorMemory.Of(host),
                    host.numel(),
                    host.dtype switch
                    {
                        torch.ScalarType.Float32 => GlooLibrary.Float32,
                        torch.ScalarType.Float64 => GlooLibrary.Float64,
                        _ => throw new ArgumentException($"values must be float32 or float64, got {host.dtype}"),
                    }
                )
        );

    public void Broadcast(torch.Tensor values, int root) =>
        OnHost(
            values,
            host =>
                GlooLibrary.drcnn_processes_broadcast(
                    group,
                    TensorMemory.Of(host),
                    host.numel() * ops.SizeOf(host.dtype),
                    root
                )
        );

    public byte[] AllGather(ReadOnlySpan<byte> own)
    {
        byte[] all = new byte[own.Length * Size];
        fixed (
            byte* from = own,
                to = all
        )
        {
            GlooLibrary.Check(GlooLibrary.drcnn_processes_all_gather(group, from, own.Length, to));
        }
        return all;
    }

    public void Barrier() => AllGather([1]);

    public void Abort()
    {
        lock (closing)
        {
            if (group != 0)
            {
                GlooLibrary.drcnn_processes_abort(group);
            }
        }
    }

    public void Dispose()
    {
        lock (closing)
        {
            if (group != 0)
            {
                GlooLibrary.drcnn_processes_close(group);
                group = 0;
            }
        }
    }

    private static byte[] AddressFor(int rank, byte[] row) =>
        row[(rank * GlooLibrary.AddressBytes)..((rank + 1) * GlooLibrary.AddressBytes)];

    private static void OnHost(torch.Tensor values, Func<torch.Tensor, int> call)
    {
        if (!values.is_contiguous())
        {
            throw new ArgumentException("values must be dense");
        }
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable unrecorded = torch.no_grad();
        bool isHost = values.device_type == DeviceType.CPU;
        torch.Tensor host = isHost ? values : values.cpu();
        GlooLibrary.Check(call(host));
        if (!isHost)
        {
            values.copy_(host);
        }
        GC.KeepAlive(host);
    }
}
