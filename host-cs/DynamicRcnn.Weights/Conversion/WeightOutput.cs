using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>Writes weights in the format that a path's extension says.</summary>
public static class WeightOutput
{
    /// <summary>Of torch's format.</summary>
    public const string Pth = ".pth";

    /// <summary>Of safetensors.</summary>
    public const string Safetensors = ".safetensors";

    /// <summary>Whether a path ends in .pth, in whatever case.</summary>
    public static bool IsPth(string path) => path.EndsWith(Pth, StringComparison.OrdinalIgnoreCase);

    /// <exception cref="RunException">The file cannot be written.</exception>
    internal static void Write(string path, TensorFile content, PthForm form)
    {
        if (IsPth(path))
        {
            PthFile.Write(path, content, form);
        }
        else
        {
            // What Python's library looks for to know that the tensors are torch's.
            SafetensorsFile.Write(
                path,
                content with
                {
                    Metadata = new Dictionary<string, string>(content.Metadata) { ["format"] = "pt" },
                }
            );
        }
    }
}
