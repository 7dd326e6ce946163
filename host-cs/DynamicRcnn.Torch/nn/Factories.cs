using DynamicRcnn.Torch.Modules;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public enum Reduction
        {
            None,
            Mean,
            Sum,
        }

        public static Conv2d Conv2d(
            long in_channels,
            long out_channels,
            long kernel_size,
            long stride = 1,
            long padding = 0,
            long dilation = 1,
            PaddingModes padding_mode = PaddingModes.Zeros,
            long groups = 1,
            bool bias = true
        ) => new(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias);

        public static Linear Linear(long inputSize, long outputSize, bool hasBias = true) =>
            new(inputSize, outputSize, hasBias);

        public static GroupNorm GroupNorm(long num_groups, long num_channels, double eps = 1e-05, bool affine = true) =>
            new(num_groups, num_channels, eps, affine);

        public static Sequential Sequential(params Module<Tensor, Tensor>[] modules) => new(modules);

        public static ModuleList<T> ModuleList<T>(params T[] modules)
            where T : Module => new(modules);

        public static Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
    }
}
