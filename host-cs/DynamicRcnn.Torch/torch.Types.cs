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
    Zeros = 0,
    Reflect = 1,
    Replicate = 2,
    Circular = 3,
    Constant = 4,
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
        Nearest = 0,
        Linear = 1,
        Bilinear = 2,
        Bicubic = 3,
        Trilinear = 4,
        Area = 5,
        NearestExact = 6,
    }

    /// <summary>"cpu", "cuda" or "cuda:N".</summary>
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

        public override string ToString()
        {
            string name = type == DeviceType.CPU ? "cpu" : "cuda";
            return index < 0 ? name : $"{name}:{index}";
        }
    }

    /// <summary>What a division does with the quotient, by libtorch's own words.</summary>
    [SuppressMessage("Naming", "CA1712", Justification = "TorchSharp's names.")]
    public enum RoundingMode
    {
        None,
        trunc,
        floor,
    }

    /// <summary>Stands for libtorch's default generator, the only one in use.</summary>
    public sealed class Generator
    {
        internal Generator() { }
    }
}
