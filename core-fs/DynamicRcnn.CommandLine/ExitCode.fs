namespace DynamicRcnn.CommandLine

open DynamicRcnn.Core

/// What the program's exit code says. The one place where the codes are written down.
[<RequireQualifiedAccess>]
module ExitCode =

    /// Done; also a run that a signal ended after its checkpoint was written.
    [<Literal>]
    let Done = 0

    /// A fault of the program itself.
    [<Literal>]
    let UnexpectedFault = 1

    /// The command line or the configuration is wrong; nothing was started.
    [<Literal>]
    let BadUsage = 2

    /// Data, a checkpoint or another file cannot be read or is not what it should be.
    [<Literal>]
    let BadInput = 3

    /// The run itself failed: non-finite losses, a fault of the schedule, a full disk.
    [<Literal>]
    let RunFailed = 4

    /// This process of a job is sound; another one failed and says why.
    [<Literal>]
    let PeerFailed = 5

    /// Ended by a signal before there was anything to keep, or by predict before it had looked at everything.
    [<Literal>]
    let Interrupted = 130

    /// Code and meaning, for the help text.
    let meanings: (int * string) list = [
        Done, "done (also: ended by a signal, with a checkpoint)"
        UnexpectedFault, "a fault of the program"
        BadUsage, "wrong command line or configuration"
        BadInput, "wrong or unreadable data, checkpoint or file"
        RunFailed, "the run failed: non-finite losses, a fault of the schedule, a full disk"
        PeerFailed, "another process of the job failed"
        Interrupted, "ended by a signal, with nothing to keep (predict: with what was found until then)"
    ]
