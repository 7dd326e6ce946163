using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DynamicRcnn.Training;

/// <summary>A connection to the store where the processes of a job meet. One question at a time: its users take turns.</summary>
internal sealed class MeetingClient : IDisposable
{
    /// <summary>The store answers at once, unless it is asked to wait; a busy machine may take longer than one thinks.</summary>
    private const int AnswerMilliseconds = 30_000;

    /// <summary>How long a machine may take to let one in, and what listens there to answer.</summary>
    private static readonly TimeSpan greeting = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(100);
    private readonly Lock turn = new();
    private readonly Socket socket;
    private readonly NetworkStream stream;

    private MeetingClient(Socket socket, Silence silence)
    {
        this.socket = socket;
        stream = new NetworkStream(socket, ownsSocket: true);
        Silence = silence;
        Place = socket.RemoteEndPoint!.ToString()!;
        Address = LocalAddress.Plain(((IPEndPoint)socket.LocalEndPoint!).Address);
    }

    /// <summary>What rank 0 says of silence, which counts for all.</summary>
    internal Silence Silence { get; }

    /// <summary>Address and port of the store.</summary>
    internal string Place { get; private init; }

    /// <summary>The address of this machine that the connection leaves from.</summary>
    internal IPAddress Address { get; }

    /// <summary>Finds the store of a job, which may begin to listen later.</summary>
    /// <param name="host">The machine of rank 0.</param>
    /// <param name="ports">Where it may be.</param>
    /// <param name="job">Which one.</param>
    /// <param name="rank">Of this process.</param>
    /// <param name="timeout">How long it is looked for.</param>
    /// <exception cref="CollectiveException">It was not found.</exception>
    internal static MeetingClient Find(string host, IReadOnlyList<int> ports, JobName job, int rank, TimeSpan timeout)
    {
        long started = Stopwatch.GetTimestamp();
        string last = "nobody answered";
        while (true)
        {
            foreach (int port in ports)
            {
                try
                {
                    if (Greet(host, port, job, rank) is { } found)
                    {
                        return found;
                    }
                    last = $"{host}:{port} is the store of another job";
                }
                catch (Exception error) when (error is IOException or SocketException)
                {
                    last = $"{host}:{port}: {error.Message}";
                    if (error is SocketException { SocketErrorCode: not SocketError.ConnectionRefused })
                    {
                        break; // The machine itself cannot be reached yet: no other port would do better.
                    }
                }
            }
            if (Stopwatch.GetElapsedTime(started) > timeout)
            {
                throw new CollectiveException(last) { IsTimeout = true };
            }
            Thread.Sleep(pause);
        }
    }

    /// <summary>Keeps a value in the store; the first one of a key stays.</summary>
    internal void Put(string key, byte[] value) => Ask(Question.Put, key, value, TimeSpan.Zero);

    /// <summary>The value of a key, waiting for it.</summary>
    /// <exception cref="CollectiveException">It did not come in time.</exception>
    /// <exception cref="PeerFailureException">The job has failed meanwhile.</exception>
    internal byte[] Take(string key, TimeSpan wait)
    {
        (Answer answer, byte[] value) = Ask(Question.Take, key, [], wait);
        return answer switch
        {
            Answer.Value => value,
            Answer.Failure => throw new PeerFailureException(Encoding.UTF8.GetString(value)),
            _ => throw new CollectiveException($"nobody gave {key}") { IsTimeout = true },
        };
    }

    /// <summary>Why the job is at its end, waiting for it; null: it is not.</summary>
    internal string? Failure(TimeSpan wait) => Sentence(Ask(Question.Take, "", [], wait));

    /// <summary>Ends the job with a sentence.</summary>
    /// <returns>The sentence that it ends with: the first one.</returns>
    internal string Fail(string sentence) => Sentence(Ask(Question.Fail, "", Wire.Bytes(sentence), TimeSpan.Zero))!;

    /// <summary>Says that the process leaves in good order.</summary>
    internal void Leave() => Ask(Question.Leave, "", [], TimeSpan.Zero);

    /// <summary>A sign of life, which is answered within some rounds, or not.</summary>
    /// <param name="isAnswered">Whether it was.</param>
    /// <returns>Why the job is at its end; null: it is not.</returns>
    internal string? Beat(out bool isAnswered)
    {
        Write(Question.Beat, "", [], TimeSpan.Zero);
        isAnswered = false;
        for (long round = 0; round <= Silence.Rounds && !isAnswered; round++)
        {
            isAnswered = socket.Poll(Silence.Round, SelectMode.SelectRead);
        }
        return isAnswered ? Sentence(Read()) : null;
    }

    public void Dispose() => stream.Dispose();

    private static MeetingClient? Greet(string host, int port, JobName job, int rank)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (!socket.ConnectAsync(host, port).Wait(greeting))
            {
                throw new SocketException((int)SocketError.TimedOut);
            }
            socket.ReceiveTimeout = (int)greeting.TotalMilliseconds;
            using NetworkStream stream = new(socket);
            Wire.Write(
                stream,
                JobName.Greeting,
                Wire.Bytes(job.Text),
                Wire.Bytes(rank),
                Wire.Bytes(Environment.MachineName)
            );
            if (Wire.ReadByte(stream) == (byte)Answer.Value)
            {
                Silence silence = new(TimeSpan.FromMilliseconds(Wire.ReadNumber(stream)));
                return new MeetingClient(socket, silence) { Place = $"{host}:{port}" };
            }
        }
        catch (AggregateException error) when (error.InnerException is SocketException inner)
        {
            socket.Dispose();
            throw inner;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        socket.Dispose();
        return null;
    }

    private static string? Sentence((Answer Answer, byte[] Value) said) =>
        said.Answer == Answer.Failure ? Encoding.UTF8.GetString(said.Value) : null;

    /// <exception cref="CollectiveException">The store does not answer.</exception>
    private (Answer Answer, byte[] Value) Ask(Question question, string key, byte[] value, TimeSpan wait)
    {
        lock (turn)
        {
            try
            {
                Write(question, key, value, wait);
                socket.ReceiveTimeout = (int)Math.Min(int.MaxValue, wait.TotalMilliseconds + AnswerMilliseconds);
                return Read();
            }
            catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
            {
                throw new CollectiveException($"the store at {Place} does not answer: {error.Message}");
            }
        }
    }

    private void Write(Question question, string key, byte[] value, TimeSpan wait) =>
        Wire.Write(
            stream,
            (byte)question,
            Wire.Bytes(key),
            value,
            Wire.Bytes((int)Math.Min(int.MaxValue, wait.TotalMilliseconds))
        );

    private (Answer Answer, byte[] Value) Read() => ((Answer)Wire.ReadByte(stream), Wire.ReadString(stream));
}
