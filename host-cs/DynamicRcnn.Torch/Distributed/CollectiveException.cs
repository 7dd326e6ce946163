namespace DynamicRcnn.Torch;

/// <summary>An operation that several processes make together failed: mostly because one of them is gone.</summary>
public sealed class CollectiveException(string message) : Exception(message);
