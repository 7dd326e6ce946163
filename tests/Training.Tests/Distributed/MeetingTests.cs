using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Xunit;

namespace DynamicRcnn.Training.Tests.Distributed;

/// <summary>Where the processes of a job find each other, and how they notice that one is gone; without Gloo.</summary>
public sealed class MeetingTests
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan heartbeat = TimeSpan.FromSeconds(1);

    [Fact]
    public void What_one_tells_all_hear()
    {
        byte[][][] heard = Together(3, meeting => meeting.Exchange("number", [(byte)(10 + meeting.Rank)]));
        Assert.All(heard, each => Assert.Equal([10, 11, 12], each.Select(bytes => bytes[0])));
    }

    [Fact]
    public void The_store_is_on_a_later_port_where_others_have_the_first_ones()
    {
        using TcpListener silent = Listen(0);
        int port = ((IPEndPoint)silent.LocalEndpoint).Port;
        // A store of another job, or whatever else listens behind it.
        using Meeting other = Meeting.At(Place(0, 1, port + 1) with { Job = "another" });
        byte[][][] heard = Together(2, meeting => meeting.Exchange("number", [(byte)meeting.Rank]), port);
        Assert.All(heard, each => Assert.Equal(2, each.Length));
    }

    [Fact]
    public void Noise_on_the_port_of_the_store_harms_nobody()
    {
        int port = FreePort();
        byte[][][] heard = Together(
            2,
            meeting =>
            {
                if (meeting.Rank == 0)
                {
                    Shout(port, new byte[1000]);
                    Shout(port, [JobName.Greeting, 255, 255, 255, 127]);
                    Shout(port, [.. Enumerable.Repeat((byte)0xD7, 100)]);
                }
                return meeting.Exchange("number", [(byte)meeting.Rank]);
            },
            port
        );
        Assert.All(heard, each => Assert.Equal(2, each.Length));
    }

    [Fact]
    public void One_that_does_not_come_is_waited_for_no_longer_than_the_time_out()
    {
        using Meeting meeting = Meeting.At(Place(0, 2, FreePort()) with { Timeout = TimeSpan.FromSeconds(0.3) });
        Assert.Contains(
            "number/1",
            Assert.Throws<CollectiveException>(() => meeting.Exchange("number", [1])).Message,
            StringComparison.Ordinal
        );
        RankEnvironment alone = Place(1, 2, FreePort()) with { Timeout = TimeSpan.FromSeconds(0.3) };
        Assert.Contains(
            "Connection refused",
            Assert.Throws<CollectiveException>(() => Meeting.At(alone)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void One_that_is_silent_is_named_by_rank_0()
    {
        RankEnvironment place = Place(0, 2, FreePort()) with { Heartbeat = heartbeat };
        using Meeting meeting = Meeting.At(place);
        using MeetingClient silent = Find(place, rank: 1);
        Assert.Null(silent.Beat(out bool isAnswered));
        Assert.True(isAnswered);
        string sentence = Verdict(meeting);
        Assert.StartsWith("rank 1 of 2 on ", sentence, StringComparison.Ordinal);
        Assert.EndsWith(
            "(127.0.0.1) has not been heard of for 1 s: its machine or its network is gone",
            sentence,
            StringComparison.Ordinal
        );
        // All others hear the same.
        Assert.Equal(sentence, silent.Failure(patience));
    }

    [Fact]
    public void One_that_ends_without_a_word_is_named_at_once_and_one_that_leaves_is_not()
    {
        RankEnvironment place = Place(0, 3, FreePort()) with { Heartbeat = TimeSpan.Zero };
        using Meeting meeting = Meeting.At(place);
        Find(place, rank: 2).Dispose(); // has greeted and no more: it may come again
        using (MeetingClient leaves = Find(place, rank: 1))
        {
            leaves.Leave();
        }
        Assert.Null(meeting.Failure(TimeSpan.FromSeconds(0.3)));
        using (MeetingClient ends = Find(place, rank: 2))
        {
            ends.Put("number", [1]);
        }
        Assert.Contains("has ended and said nothing", Verdict(meeting), StringComparison.Ordinal);
        Assert.StartsWith("rank 2 of 3", Verdict(meeting), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_answers_no_more_is_noticed()
    {
        using TcpListener listener = Listen(0);
        RankEnvironment place = Place(1, 2, ((IPEndPoint)listener.LocalEndpoint).Port);
        Task<Meeting> coming = Task.Run(() => Meeting.At(place));
        List<TcpClient> held = [];
        for (int connection = 0; connection < 2; connection++)
        {
            TcpClient client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            held.Add(client);
            Wire.Write(client.GetStream(), (byte)Answer.Value, Wire.Bytes((int)heartbeat.TotalMilliseconds));
        }
        using Meeting meeting = await coming;
        Assert.Contains(
            $"the store at 127.0.0.1:{place.Port} has not answered for 1 s",
            Verdict(meeting),
            StringComparison.Ordinal
        );
        held.ForEach(client => client.Dispose());
    }

    [Fact]
    public void Ranks_of_a_machine_that_knows_itself_by_the_loopback_have_the_address_that_others_reach_it_at()
    {
        IPAddress outside = OutsideAddress();
        IPAddress[] found = Together(
            3,
            meeting => LocalAddress.Of(networkInterface: null, meeting),
            address: rank => rank == 1 ? $"{outside}" : "localhost"
        );
        Assert.All(found, address => Assert.Equal(outside, address));
    }

    [Fact]
    public void Ranks_of_one_machine_may_have_the_loopback()
    {
        IPAddress[] found = Together(2, meeting => LocalAddress.Of(networkInterface: null, meeting));
        Assert.All(found, address => Assert.Equal(IPAddress.Loopback, address));
    }

    [Fact]
    public void The_first_failure_stays()
    {
        string?[] sentences = Together(
            3,
            meeting =>
            {
                if (meeting.Rank == 1)
                {
                    Assert.Equal("the disk is full", meeting.Fail("the disk is full"));
                    Assert.Equal("the disk is full", meeting.Fail("something else"));
                }
                return meeting.Failure(patience);
            }
        );
        Assert.All(sentences, sentence => Assert.Equal("the disk is full", sentence));
    }

    private static IPAddress OutsideAddress()
    {
        IPAddress? outside = NetworkInterface
            .GetAllNetworkInterfaces()
            .SelectMany(each => each.GetIPProperties().UnicastAddresses)
            .Select(each => each.Address)
            .FirstOrDefault(each => each.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(each));
        if (outside is null)
        {
            Assert.Skip("this machine has no address but the loopback");
        }
        return outside;
    }

    private static T[] Together<T>(int size, Func<Meeting, T> body, int port = 0, Func<int, string>? address = null)
    {
        port = port == 0 ? FreePort() : port;
        // Nobody leaves before all have done: the store goes with rank 0.
        using Barrier done = new(size);
        T Of(int rank)
        {
            RankEnvironment place = Place(rank, size, port);
            using Meeting meeting = Meeting.At(place with { Address = address?.Invoke(rank) ?? place.Address });
            try
            {
                return body(meeting);
            }
            finally
            {
                done.SignalAndWait(patience);
            }
        }
        Task<T>[] ranks =
        [
            .. Enumerable
                .Range(0, size)
                .Select(rank =>
                    Task.Factory.StartNew(
                        () => Of(rank),
                        CancellationToken.None,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                ),
        ];
        return [.. ranks.Select(rank => rank.GetAwaiter().GetResult())];
    }

    private static string Verdict(Meeting meeting)
    {
        Assert.True(SpinWait.SpinUntil(() => meeting.Verdict is not null, patience), "nobody was accused");
        return meeting.Verdict!;
    }

    private static MeetingClient Find(RankEnvironment place, int rank) =>
        MeetingClient.Find(place.Address, [place.Port], JobName.Of(place), rank, patience);

    private static RankEnvironment Place(int rank, int size, int port) =>
        new(rank, size, rank, size, "127.0.0.1", port, patience, patience, HasAgentStore: false, Attempt: 0);

    private static void Shout(int port, byte[] noise)
    {
        using TcpClient client = new("127.0.0.1", port);
        client.GetStream().Write(noise);
    }

    private static TcpListener Listen(int port)
    {
        TcpListener listener = new(IPAddress.Loopback, port);
        listener.Start();
        return listener;
    }

    private static int FreePort()
    {
        using TcpListener listener = Listen(0);
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
