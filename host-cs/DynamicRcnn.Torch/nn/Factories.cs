using DynamicRcnn.Torch.Modules;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    /// <summary>Modules by factory methods, as TorchSharp makes them; weights start as PyTorch's do.</summary>
    public static partial class nn
    {
        public static Conv2d Conv2d(
            long in_channels,
            long out_channels,
            long kernel_size,
            long stride = 1,
            long padding = 0,
            long dilation = 1,
            PaddingModes padding_mode = PaddingModes.Zeros,
            long groups = 1,
            bool bias = true,
            Device? device = null,
            ScalarType? dtype = null
        ) =>
            Conv2d(
                in_channels,
                out_channels,
                (kernel_size, kernel_size),
                (stride, stride),
                (padding, padding),
                (dilation, dilation),
                padding_mode,
                groups,
                bias,
                device,
                dtype
            );

        public static Conv2d Conv2d(
            long in_channels,
            long out_channels,
            (long, long) kernel_size,
            (long, long)? stride = null,
            (long, long)? padding = null,
            (long, long)? dilation = null,
            PaddingModes padding_mode = PaddingModes.Zeros,
            long groups = 1,
            bool bias = true,
            Device? device = null,
            ScalarType? dtype = null
        )
        {
            if (padding_mode != PaddingModes.Zeros)
            {
                throw new NotSupportedException($"Conv2d: expected the padding mode Zeros, got {padding_mode}.");
            }
            long[] weight = [out_channels, in_channels / groups, kernel_size.Item1, kernel_size.Item2];
            return new Conv2d(
                empty(weight, dtype, device),
                bias ? empty(out_channels, dtype, device) : null,
                stride ?? (1, 1),
                padding ?? (0, 0),
                dilation ?? (1, 1),
                groups
            );
        }

        public static Linear Linear(
            long inputSize,
            long outputSize,
            bool hasBias = true,
            Device? device = null,
            ScalarType? dtype = null
        ) => new(empty([outputSize, inputSize], dtype, device), hasBias ? empty(outputSize, dtype, device) : null);

        public static BatchNorm2d BatchNorm2d(
            long num_features,
            double eps = 1e-05,
            double momentum = 0.1,
            bool affine = true,
            bool track_running_stats = true,
            Device? device = null,
            ScalarType? dtype = null
        ) => new(num_features, eps, momentum, affine, track_running_stats, device, dtype);

        public static GroupNorm GroupNorm(
            long num_groups,
            long num_channels,
            double eps = 1e-05,
            bool affine = true,
            Device? device = null,
            ScalarType? dtype = null
        ) => new(num_groups, num_channels, eps, affine, device, dtype);

        public static ReLU ReLU(bool inplace = false) => new(inplace);

        public static MaxPool2d MaxPool2d(
            long kernel_size,
            long? stride = null,
            long? padding = null,
            long? dilation = null,
            bool ceil_mode = false
        ) => new(kernel_size, stride ?? kernel_size, padding ?? 0, dilation ?? 1, ceil_mode);

        public static Sequential Sequential(params Module<Tensor, Tensor>[] modules) =>
            new([.. modules.Select((module, place) => ($"{place}", module))]);

        public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) =>
            new(modules);

        public static ModuleList<T> ModuleList<T>(params T[] modules)
            where T : Module => new(modules);

        public static Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
    }
}
