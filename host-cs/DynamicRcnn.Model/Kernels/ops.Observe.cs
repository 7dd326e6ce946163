namespace DynamicRcnn.Model.Kernels;

/// <summary>What an operator, or a node of the backward pass, took in all its calls.</summary>
/// <param name="Name">As libtorch has it, such as <c>aten::add</c>.</param>
/// <param name="Calls">How often it ran.</param>
/// <param name="Seconds">Without the operators that it called.</param>
/// <param name="ProcessorSeconds">Of all threads of the process in that time: two busy threads count twice.</param>
public sealed record OperatorTime(string Name, long Calls, double Seconds, double ProcessorSeconds);

public static partial class ops
{
    /// <summary>Why libtorch's operators cannot be looked at, in a sentence; null: they can.</summary>
    public static string? observation_problem =>
        "libtorch's operators can be watched from C++ alone, and TorchSharp has no profiler";

    /// <exception cref="NotSupportedException">Always: <see cref="observation_problem"/>.</exception>
    public static string[] observe(Action action) => throw new NotSupportedException(observation_problem);

    /// <exception cref="NotSupportedException">Always: <see cref="observation_problem"/>.</exception>
    public static OperatorTime[] time(Action action) => throw new NotSupportedException(observation_problem);
}
