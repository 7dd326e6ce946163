using System.Text;
using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static unsafe partial class ops
{
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
        Native.Check(Native.drcnn_observe(1));
        try
        {
            action();
        }
        finally
        {
            Native.Check(Native.drcnn_observe(0));
        }
        int length = Native.drcnn_observed(null, 0);
        Native.Check(length);
        byte[] text = new byte[length];
        fixed (byte* first = text)
        {
            Native.Check(Native.drcnn_observed(first, length));
        }
        return Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
