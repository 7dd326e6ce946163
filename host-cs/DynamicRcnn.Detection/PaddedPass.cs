using System.Numerics;
using DynamicRcnn.Data;

namespace DynamicRcnn.Detection;

/// <summary>The images of a forward pass, padded for good.</summary>
/// <param name="Batch">The images.</param>
/// <param name="BoxRows">Rows of ground truth for every image, at least as many as any has boxes.</param>
internal sealed record PaddedPass(ImageBatch Batch, int BoxRows)
{
    private const int SmallestBucket = 8;

    /// <summary>The same with the rows of ground truth rounded up to 8, 16, 32, ..., so that few shapes occur.</summary>
    internal PaddedPass InBucket() =>
        this with
        {
            BoxRows = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(SmallestBucket, BoxRows)),
        };

    internal static int MostBoxes(ImageBatch batch) => batch.Items.Max(item => item.Labels.Length);

    /// <summary>A pass that is padded for itself.</summary>
    internal static PaddedPass Alone(ImageBatch batch) => new(batch, MostBoxes(batch));
}
