using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

/// <summary>Moves a module. Its tensor objects stay the same, so fields and optimisers keep what they hold.</summary>
public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, torch.Device device, bool non_blocking = false)
        where T : torch.nn.Module => Replace(module, tensor => tensor.to(device, non_blocking: non_blocking));

    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1, bool non_blocking = false)
        where T : torch.nn.Module => module.to(new torch.Device(deviceType, deviceIndex), non_blocking);

    /// <summary>Changes the element type of real parameters and buffers; integers stay as they are.</summary>
    public static T to<T>(this T module, torch.ScalarType type, bool non_blocking = false)
        where T : torch.nn.Module =>
        Replace(module, tensor => IsReal(tensor.dtype) ? tensor.to(type, non_blocking: non_blocking) : tensor);

    private static T Replace<T>(T module, Func<torch.Tensor, torch.Tensor> moved)
        where T : torch.nn.Module
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable unrecorded = torch.no_grad();
        IEnumerable<torch.Tensor> tensors = module.parameters();
        foreach (torch.Tensor tensor in tensors.Concat(module.named_buffers().Select(entry => entry.buffer)))
        {
            Aten.set_data.Run(tensor, moved(tensor));
        }
        return module;
    }

    private static bool IsReal(torch.ScalarType type) =>
        type
            is torch.ScalarType.Float16
                or torch.ScalarType.Float32
                or torch.ScalarType.Float64
                or torch.ScalarType.BFloat16;
}
