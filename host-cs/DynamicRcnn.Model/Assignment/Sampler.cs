using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

// Letters: N images, A candidates, S samples per image.

/// <summary>Which stream of random keys a draw uses; the numbers are part of a run's result.</summary>
internal enum SamplingPurpose
{
    RpnPositives = 16,
    RpnNegatives = 17,
    RoIPositives = 18,
    RoINegatives = 19,
    // A cascade's further stages take the numbers behind these, two each.
}

/// <summary>The drawn candidates of each image in the profile's order; rows that are not valid come last.</summary>
/// <param name="Indices">[N, S] int64, always a row that exists.</param>
/// <param name="Positive">[N, S] bool.</param>
/// <param name="Valid">[N, S] bool.</param>
internal sealed record Sample(Tensor Indices, Tensor Positive, Tensor Valid);

/// <summary>
/// Draws at most a share of positives and fills up with negatives, without replacement. A draw is a function of (seed, iteration,
/// image id, purpose) and the candidate's index; its shape depends on nothing but the configuration.
/// </summary>
internal sealed class Sampler
{
    private readonly int count;
    private readonly int maxPositives;
    private readonly SamplingPurpose positives;
    private readonly SamplingPurpose negatives;
    private readonly SamplingOrder order;

    /// <param name="count">S, samples per image.</param>
    /// <param name="positiveFraction">Largest share of positives.</param>
    /// <param name="positives">Stream of the positives' keys.</param>
    /// <param name="negatives">Stream of the negatives' keys.</param>
    /// <param name="order">Order of the result.</param>
    public Sampler(
        int count,
        double positiveFraction,
        SamplingPurpose positives,
        SamplingPurpose negatives,
        SamplingOrder order
    )
    {
        this.count = count;
        maxPositives = (int)(count * positiveFraction);
        this.positives = positives;
        this.negatives = negatives;
        this.order = order;
    }

    /// <param name="positive">[N, A] bool, A at least 1.</param>
    /// <param name="negative">[N, A] bool, disjoint from the positives.</param>
    /// <param name="imageIds">[N] int64.</param>
    /// <param name="seed">Seed and iteration.</param>
    public Sample Draw(Tensor positive, Tensor negative, Tensor imageIds, SamplingSeed seed)
    {
        (Tensor positiveIndices, Tensor positiveCount) = Ranked(positive, maxPositives, imageIds, seed, positives);
        (Tensor negativeIndices, Tensor negativeCount) = Ranked(negative, count, imageIds, seed, negatives);
        Tensor slot = torch.arange(count, ScalarType.Int64, positive.device).unsqueeze(0); // [1, S]
        Tensor negativeSlot = slot - positiveCount; // [N, S]
        Tensor isPositive = slot < positiveCount;
        Tensor isNegative = isPositive.logical_not() & (negativeSlot < negativeCount);
        Tensor indices = torch.where(
            isPositive,
            AtSlot(positiveIndices, slot.expand(positive.shape[0], count)),
            AtSlot(negativeIndices, negativeSlot)
        );
        return Ordered(new Sample(indices, isPositive, isPositive | isNegative), positive.shape[1]);
    }

    private Sample Ordered(Sample drawn, long candidates)
    {
        if (order.IsDrawn)
            return drawn;
        Tensor key = order.IsPositivesFirst
            ? torch.where(drawn.Positive, drawn.Indices, drawn.Indices + candidates)
            : drawn.Indices;
        Tensor place = torch.where(drawn.Valid, key, key + 2 * candidates).argsort(1);
        return new Sample(
            drawn.Indices.gather(1, place),
            drawn.Positive.gather(1, place),
            drawn.Valid.gather(1, place)
        );
    }

    /// <summary>Indices of the candidates with the largest keys, and how many candidates there are up to the limit.</summary>
    private static (Tensor Indices, Tensor Count) Ranked(
        Tensor mask,
        int limit,
        Tensor imageIds,
        SamplingSeed seed,
        SamplingPurpose purpose
    )
    {
        long candidates = mask.shape[1];
        int taken = (int)Math.Clamp(limit, 1, candidates);
        Tensor keys = ops.random_keys(imageIds, seed.Seed, seed.Iteration, (long)purpose, candidates);
        (Tensor values, Tensor indices) = keys.masked_fill(mask.logical_not(), -1).topk(taken, 1);
        Tensor available = values.ge(0).sum(1, keepdim: true); // [N, 1]
        return (indices, available.clamp(max: (Scalar)limit));
    }

    private static Tensor AtSlot(Tensor indices, Tensor slot) =>
        indices.gather(1, slot.clamp((Scalar)0, (Scalar)(indices.shape[1] - 1)));
}
