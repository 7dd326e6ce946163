using DynamicRcnn.Core;

namespace DynamicRcnn.Runs;

/// <summary>Where the fault behind a <see cref="RunException"/> lies.</summary>
public enum RunFault
{
    /// <summary>A file cannot be read or is not what it should be.</summary>
    Input,

    /// <summary>What was asked for cannot be done here; nothing was started.</summary>
    Request,

    /// <summary>The run itself failed, or the disk takes no more.</summary>
    Run,
}

/// <summary>A run, or a file that it needs, cannot go on. One sentence that names the file or the value and what was expected.</summary>
public sealed class RunException : DynamicRcnnException
{
    /// <summary>With that sentence.</summary>
    public RunException(string message, RunFault fault = RunFault.Input)
        : base(message, innerException: null)
    {
        Fault = fault;
    }

    /// <summary>With that sentence and what caused it.</summary>
    public RunException(string message, Exception innerException, RunFault fault = RunFault.Input)
        : base(message, innerException)
    {
        Fault = fault;
    }

    /// <summary>Where the fault lies.</summary>
    public RunFault Fault { get; }
}
