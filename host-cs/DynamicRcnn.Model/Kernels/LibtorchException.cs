using DynamicRcnn.Core;

namespace DynamicRcnn.Model.Kernels;

/// <summary>libtorch, or a library that stands on it, cannot be loaded. The message is one sentence and says what helps.</summary>
public sealed class LibtorchException(string message, Exception? innerException = null)
    : DynamicRcnnException(message, innerException)
{
    internal static LibtorchException Because(string cause, Exception? error = null) =>
        new($"libtorch cannot be used: {cause}", error);
}
