namespace DynamicRcnn.Model.Kernels;

/// <summary>What random keys are a function of, beside the images.</summary>
/// <param name="Seed">The run's.</param>
/// <param name="Iteration">int64 [1], from 0 to 2^32 - 1, where the images' numbers are: it changes from step to step, and nothing else does.</param>
/// <param name="Purpose">From 0 to 255.</param>
/// <param name="Count">Keys of an image.</param>
internal readonly record struct KeyDraw(long Seed, Tensor Iteration, long Purpose, long Count);

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
        Refusal.UnlessShape(draw.Iteration.numel() == 1, $"{Op}: iteration", "of one number", draw.Iteration);
        Refusal.UnlessType($"{Op}: iteration", draw.Iteration, ScalarType.Int64);
        Refusal.UnlessBeside($"{Op}: iteration", draw.Iteration, imageIds);
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
