using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>A picture could not be read or written. The message is one sentence and names the file where there is one.</summary>
public sealed class ImageException : DynamicRcnnException
{
    /// <summary>Makes an exception with its sentence.</summary>
    public ImageException(string message)
        : base(AnnotationText.Sentence(message), innerException: null) { }

    /// <summary>Makes an exception with its sentence and what caused it.</summary>
    public ImageException(string message, Exception innerException)
        : base(AnnotationText.Sentence(message), innerException) { }
}
