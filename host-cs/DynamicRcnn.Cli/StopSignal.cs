using System.Runtime.InteropServices;

namespace DynamicRcnn.Cli;

/// <summary>
/// Turns the first Ctrl-C or SIGTERM into a request to stop; the second ends the process at once. A process that a launcher started leaves
/// Ctrl-C, which a terminal sends to all, to the launcher: that closes its input, or it ends, which closes it too.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration interrupt;
    private readonly PosixSignalRegistration terminate;
    private readonly Action<string> say;
    private readonly string part;

    /// <summary>Listens until it is disposed.</summary>
    /// <param name="say">Told that the request was heard.</param>
    /// <param name="part">What is still finished.</param>
    /// <param name="isLaunched">Whether the end of the input is a request too, and Ctrl-C none.</param>
    public StopSignal(Action<string> say, string part, bool isLaunched = false)
    {
        this.say = say;
        this.part = part;
        interrupt = PosixSignalRegistration.Create(
            PosixSignal.SIGINT,
            isLaunched ? static context => context.Cancel = true : Hear
        );
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Hear);
        if (isLaunched)
        {
            new Thread(WaitForEndOfInput) { IsBackground = true, Name = "launcher" }.Start();
        }
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        interrupt.Dispose();
        terminate.Dispose();
        source.Dispose();
    }

    private void Hear(PosixSignalContext context)
    {
        if (source.IsCancellationRequested)
        {
            return; // the default action: the process ends
        }

        context.Cancel = true;
        Stop();
    }

    private void Stop()
    {
        say($"stopping after the current {part}; the same signal again ends the program at once");
        source.Cancel();
    }

    private void WaitForEndOfInput()
    {
        using Stream input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
            // Nothing is said there; only its end matters.
        }

        try
        {
            if (!source.IsCancellationRequested)
            {
                Stop();
            }
        }
        catch (ObjectDisposedException)
        {
            // The run has ended by itself.
        }
    }
}
