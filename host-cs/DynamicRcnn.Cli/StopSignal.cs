using System.Runtime.InteropServices;

namespace DynamicRcnn.Cli;

/// <summary>Turns the first Ctrl-C or SIGTERM into a request to stop; the second ends the process at once.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration interrupt;
    private readonly PosixSignalRegistration terminate;
    private readonly Action<string> say;

    /// <summary>Listens until it is disposed.</summary>
    /// <param name="say">Told that the request was heard.</param>
    public StopSignal(Action<string> say)
    {
        this.say = say;
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Hear);
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Hear);
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
        say("stopping after the current step; the same signal again ends the program at once");
        source.Cancel();
    }
}
