using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

/// <summary>A number that an operator takes as integer, real or truth value.</summary>
public sealed class Scalar
{
    private Scalar(Arg argument) => Argument = argument;

    internal Arg Argument { get; }

    public static implicit operator Scalar(int value) => new((long)value);

    public static implicit operator Scalar(long value) => new(value);

    public static implicit operator Scalar(float value) => new((double)value);

    public static implicit operator Scalar(double value) => new(value);

    public static implicit operator Scalar(bool value) => new(value);
}
