namespace DynamicRcnn.Torch;

/// <summary>An operator of libtorch refused its arguments or failed. The message begins with the operator's name.</summary>
public sealed class TorchException(string message) : Exception(message);

/// <summary>libtorch, or the library that reaches it, cannot be loaded. The message names the command that installs it.</summary>
public sealed class LibtorchException(string message) : Exception(message);
