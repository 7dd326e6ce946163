using System.Globalization;
using System.Text;
using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

/// <summary>What an operator, or a node of the backward pass, took in all its calls.</summary>
/// <param name="Name">As libtorch has it, such as <c>aten::add</c>.</param>
/// <param name="Calls">How often it ran.</param>
/// <param name="Seconds">Without the operators that it called.</param>
/// <param name="ProcessorSeconds">Of all threads of the process in that time: two busy threads count twice.</param>
public sealed record OperatorTime(string Name, long Calls, double Seconds, double ProcessorSeconds);

public static unsafe partial class ops
{
    /// <summary>Why libtorch's operators cannot be looked at, in a sentence; null: they can.</summary>
    public static string? observation_problem => null;

    private delegate int TextReader(byte* text, int capacity);

    /// <summary>
    /// Does something and lists every operator that libtorch runs meanwhile, on any thread and inside other operators too. For tests and
    /// profiles; nobody else may observe at the same time.
    /// </summary>
    /// <returns>
    /// In the order of their starts: the name, then after tabs each input, such as <c>Float[2,3]@cpu</c>; nothing for what is no tensor.
    /// <c>drcnn::from_memory</c> and <c>drcnn::copy_to</c> stand for what the host gives to a tensor and takes from it.
    /// </returns>
    public static string[] observe(Action action)
    {
        Between(Native.drcnn_observe, action);
        return Lines(Native.drcnn_observed);
    }

    /// <summary>
    /// Does something and says how long libtorch's operators and the nodes of its backward pass took meanwhile, on any thread. What the
    /// calling thread took beyond their sum, it spent outside them. Nobody else may time at the same time.
    /// </summary>
    /// <returns>One for each name, the longest first. On a device an operator's time is that of its launch.</returns>
    public static OperatorTime[] time(Action action)
    {
        Between(Native.drcnn_time_operators, action);
        return [.. Lines(Native.drcnn_operator_times).Select(Parse).OrderByDescending(each => each.Seconds)];
    }

    /// <summary>Does something between turning a look at libtorch on and off.</summary>
    private static void Between(Func<int, int> turn, Action action)
    {
        Native.Check(turn(1));
        try
        {
            action();
        }
        finally
        {
            Native.Check(turn(0));
        }
    }

    private static OperatorTime Parse(string line)
    {
        string[] fields = line.Split('\t');
        return new OperatorTime(fields[0], long.Parse(fields[1], Plain), Number(fields[2]), Number(fields[3]));
    }

    private static CultureInfo Plain => CultureInfo.InvariantCulture;

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, Plain);

    private static string[] Lines(TextReader read)
    {
        int length = read(null, 0);
        Native.Check(length);
        byte[] text = new byte[length];
        fixed (byte* first = text)
        {
            Native.Check(read(first, length));
        }
        return Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
