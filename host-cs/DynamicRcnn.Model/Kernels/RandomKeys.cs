namespace DynamicRcnn.Model.Kernels;

/// <summary>What random keys are a function of, beside the images.</summary>
internal readonly record struct KeyDraw(long Seed, long Iteration, long Purpose, long Count);

/// <summary>Random sort keys.</summary>
internal static class RandomKeys
{
    private const string Op = "random_keys";

    /// <summary>Longest row.</summary>
    private const long MostKeys = 1L << 26;

    /// <param name="kernels">Of the device where the images' numbers are.</param>
    /// <param name="imageIds">int64 [N].</param>
    /// <param name="draw">The rest.</param>
    /// <returns>int64 [N, count].</returns>
    internal static Tensor Make(DeviceKernels kernels, Tensor imageIds, KeyDraw draw)
    {
        Refusal.UnlessShape(TensorMemory.Sizes(imageIds).Length == 1, $"{Op}: image_ids", "[N]", imageIds);
        Refusal.UnlessType($"{Op}: image_ids", imageIds, ScalarType.Int64);
        // The keys' memory depends on it; the others are the kernel's to check.
        Refusal.Unless(
            draw.Count is >= 0 and <= MostKeys,
            $"{Op}: count",
            $"from 0 to {MostKeys}",
            () => $"{draw.Count}"
        );
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor ids = TensorMemory.Dense(imageIds, ScalarType.Int64);
        Tensor keys = torch.empty([TensorMemory.Sizes(ids)[0], draw.Count], ScalarType.Int64, ids.device);
        kernels.RandomKeys(ids, draw, keys);
        return scope.MoveToOuter(keys);
    }
}
