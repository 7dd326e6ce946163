namespace DynamicRcnn.Core

open System

/// The base of the exceptions that this project has of its own. The message is one sentence that names the file or the value and what
/// was expected. A mistake of the calling program is an ArgumentException or an ObjectDisposedException, a cancelled call an
/// OperationCanceledException; both have no part in this.
[<AbstractClass>]
type DynamicRcnnException =
    inherit Exception

    /// With that sentence and what caused it.
    new(message: string, innerException: Exception | null) =
        {
            inherit Exception(message, innerException)
        }
