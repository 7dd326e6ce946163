namespace DynamicRcnn.Model.Kernels;

public static partial class ops
{
    /// <summary>libtorch's number of the format.</summary>
    private const long ChannelsLast = 2;

    /// <summary>The same values with the channels of a pixel together in memory: itself, where they are.</summary>
    /// <param name="tensor">[N, C, H, W].</param>
    public static Tensor channels_last(Tensor tensor) => Dispatcher.Call("aten::contiguous", tensor, ChannelsLast);

    /// <summary>Lays a module's four-dimensional parameters in memory like this; its tensor objects stay the same.</summary>
    public static void channels_last_(nn.Module module)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable unrecorded = torch.no_grad();
        foreach (Tensor parameter in module.parameters().Where(parameter => parameter.ndim == 4))
            Dispatcher.Run("aten::set_data", parameter, channels_last(parameter));
    }
}
