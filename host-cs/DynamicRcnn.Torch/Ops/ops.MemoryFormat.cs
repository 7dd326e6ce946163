using DynamicRcnn.Torch.Interop;
using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch;

public static unsafe partial class ops
{
    /// <summary>libtorch's number of the format.</summary>
    private const int ChannelsLast = 2;

    /// <summary>The same values with the channels of a pixel together in memory: itself, where they are.</summary>
    /// <param name="tensor">[N, C, H, W].</param>
    public static Tensor channels_last(Tensor tensor) => Aten.contiguous.Call(tensor, ChannelsLast);

    /// <summary>Lays a module's four-dimensional parameters in memory like this; its tensor objects stay the same.</summary>
    public static void channels_last_(nn.Module module)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable unrecorded = no_grad();
        foreach (Tensor parameter in module.parameters().Where(parameter => parameter.ndim == 4))
        {
            Aten.set_data.Run(parameter, channels_last(parameter));
        }
    }
}
