using System.Text;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>Writes a pickle as Python 2 did unless told otherwise: protocol 0, all of it text.</summary>
internal static class OldPickle
{
    /// <summary>A dictionary of numpy's float32 arrays by name.</summary>
    public static byte[] Of(params (string Name, long[] Shape, byte[] Data)[] arrays)
    {
        StringBuilder text = new("(dp1\n");
        foreach ((string name, long[] shape, byte[] data) in arrays)
        {
            string sides = string.Concat(shape.Select(side => $"I{side}\n"));
            string elements = string.Concat(
                data.Select(value => char.IsAsciiLetterOrDigit((char)value) ? $"{(char)value}" : $@"\x{value:x2}")
            );
            text.Append(
                    $"S'{name}'\ncnumpy.core.multiarray\n_reconstruct\np2\n(cnumpy\nndarray\np3\n(I0\ntS'b'\ntRp4\n"
                )
                .Append($"(I1\n({sides}tcnumpy\ndtype\np5\n(S'f4'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\n")
                .Append($"S'{elements}'\ntbs");
        }
        return Encoding.ASCII.GetBytes(text.Append('.').ToString());
    }
}
