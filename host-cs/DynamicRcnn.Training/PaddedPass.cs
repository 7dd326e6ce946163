using DynamicRcnn.Data;

namespace DynamicRcnn.Training;

/// <summary>The images of a forward pass, padded for good.</summary>
/// <param name="Batch">The images.</param>
/// <param name="BoxRows">Rows of ground truth for every image, at least as many as any has boxes.</param>
internal sealed record PaddedPass(ImageBatch Batch, int BoxRows)
{
    internal static int MostBoxes(ImageBatch batch) => batch.Items.Max(item => item.Labels.Length);

    /// <summary>A pass that is padded for itself.</summary>
    internal static PaddedPass Alone(ImageBatch batch) => new(batch, MostBoxes(batch));
}
