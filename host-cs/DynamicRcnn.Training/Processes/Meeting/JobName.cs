namespace DynamicRcnn.Training;

/// <summary>What the processes of a job know each other by, where stores of other jobs may listen beside theirs.</summary>
/// <param name="Text">The same for all of them.</param>
/// <param name="Size">How many there are.</param>
internal sealed record JobName(string Text, int Size)
{
    /// <summary>The first byte on a connection.</summary>
    internal const byte Greeting = 0xD7;

    /// <summary>Ports after the one that is named, for where that one is taken.</summary>
    private const int OtherPorts = 16;

    /// <summary>Where the store keeps what each rank is called in a sentence.</summary>
    internal const string NameKey = "name";

    /// <summary>Where the store keeps the address of rank 0's machine that each rank has reached it at.</summary>
    internal const string ReachedKey = "reached";

    internal static JobName Of(RankEnvironment place) =>
        new($"drcnn 2/{place.Job}/{place.Port}/{place.Size}/{place.Attempt}", place.Size);

    /// <summary>Where its store may listen, in this order. torchrun's agent has the first port for itself.</summary>
    internal static int[] Ports(RankEnvironment place) =>
        [
            .. Enumerable
                .Range(place.Port, OtherPorts + 1)
                .Skip(place.HasAgentStore ? 1 : 0)
                .Where(port => port <= RankEnvironment.MaximumPort),
        ];
}
