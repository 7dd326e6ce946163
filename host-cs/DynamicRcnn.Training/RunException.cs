namespace DynamicRcnn.Training;

/// <summary>A run, or a file that it needs, cannot go on. One sentence that names the file or the value and what was expected.</summary>
public sealed class RunException : Exception
{
    /// <summary>With that sentence.</summary>
    public RunException(string message)
        : base(message) { }

    /// <summary>With that sentence and what caused it.</summary>
    public RunException(string message, Exception innerException)
        : base(message, innerException) { }
}
