using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace DynamicRcnn.Torch;

public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
}

public enum PaddingModes
{
    Zeros,
}

/// <summary>Stands for libtorch's default generator, the only one in use.</summary>
public sealed class Generator
{
    internal Generator() { }
}

public static partial class torch
{
    /// <summary>libtorch's element types, by its own numbers.</summary>
    public enum ScalarType
    {
        Byte = 0,
        Int8 = 1,
        Int16 = 2,
        Int32 = 3,
        Int64 = 4,
        Float16 = 5,
        Float32 = 6,
        Float64 = 7,
        Bool = 11,
        BFloat16 = 15,
    }

    public enum InterpolationMode
    {
        Nearest,
    }

    /// <summary>"cpu", "cuda" or "cuda:N".</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "TorchSharp's names.")]
    public sealed class Device
    {
        public Device(DeviceType type, int index = -1)
        {
            this.type = type;
            this.index = index;
        }

        public DeviceType type { get; }

        public int index { get; }

        public static implicit operator Device(string description)
        {
            string[] parts = description.Split(':');
            int number = -1;
            bool known = parts[0] is "cpu" or "cuda" && parts.Length <= 2;
            bool numbered =
                parts.Length < 2 || int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out number);
            return known && numbered
                ? new Device(parts[0] == "cpu" ? DeviceType.CPU : DeviceType.CUDA, number)
                : throw new ArgumentException($"The device is '{description}'; expected cpu, cuda or cuda:N.");
        }

        public override string ToString() =>
            type == DeviceType.CPU ? "cpu"
            : index < 0 ? "cuda"
            : $"cuda:{index}";
    }
}
