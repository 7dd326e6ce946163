using DynamicRcnn.Core;

namespace DynamicRcnn.Training;

/// <summary>Another process of the job failed, or is gone; this one ends for that reason alone. The message repeats its sentence, where it left one.</summary>
public sealed class PeerFailureException(string message, Exception? innerException = null)
    : DynamicRcnnException(message, innerException);
