namespace DynamicRcnn.Model;

// Letters: N images, P proposals, G padded ground truths, M = P + G candidates, S RoIs per image.

/// <summary>Proposals with the ground truth behind or before them, each with the ground truth that it overlaps most.</summary>
/// <param name="Boxes">[N, M, 4]: P proposals and G ground truths.</param>
/// <param name="Valid">[N, M] bool.</param>
/// <param name="FirstProposal">Row of the first proposal: 0, or G.</param>
/// <param name="ProposalCount">P.</param>
/// <param name="IoU">[N, M] the largest IoU with ground truth; 0 without.</param>
/// <param name="Matched">[N, M] int64, the ground truth that has it.</param>
internal sealed record Candidates(
    Tensor Boxes,
    Tensor Valid,
    long FirstProposal,
    long ProposalCount,
    Tensor IoU,
    Tensor Matched
)
{
    /// <summary>The proposals' columns of a tensor over all candidates.</summary>
    /// <param name="values">[N, M, ...].</param>
    /// <returns>[N, P, ...].</returns>
    public Tensor OfProposals(Tensor values) => values.narrow(1, FirstProposal, ProposalCount);

    /// <summary>Which rows are proposals, and no ground truth that was put beside them.</summary>
    /// <param name="rows">[N, S] int64.</param>
    /// <returns>[N, S] bool.</returns>
    public Tensor AreProposals(Tensor rows) => rows.ge(FirstProposal) & rows.lt(FirstProposal + ProposalCount);
}

/// <summary>The candidates that train the box head.</summary>
/// <param name="Boxes">[N, S, 4].</param>
/// <param name="Labels">[N, S] int64, 0..K-1; meaningful where positive.</param>
/// <param name="Targets">[N, S, 4] box-coder units; 0 where not positive.</param>
/// <param name="Positive">[N, S] bool.</param>
/// <param name="Valid">[N, S] bool.</param>
/// <param name="Rows">[N, S] int64, their rows among the candidates.</param>
internal sealed record SampledRoIs(
    Tensor Boxes,
    Tensor Labels,
    Tensor Targets,
    Tensor Positive,
    Tensor Valid,
    Tensor Rows
);

/// <summary>Every proposal's box of every class, before any is left out. M = P * K, the class running fastest.</summary>
/// <param name="Boxes">[N, M, 4].</param>
/// <param name="Scores">[N, M], 0 to 1.</param>
/// <param name="Valid">[N, M] bool.</param>
internal sealed record ClassBoxes(Tensor Boxes, Tensor Scores, Tensor Valid);

/// <summary>What the box head says about every RoI, R = N * S of them.</summary>
/// <param name="Logits">[R, K + 1] float32, or float64 as the weights.</param>
/// <param name="Deltas">[R, 4 * boxes] of the same type, one box for every class (and background, if it comes first), or one for all.</param>
internal sealed record BoxHeadOutput(Tensor Logits, Tensor Deltas)
{
    /// <summary>The same in float32, as boxes and their scores are made.</summary>
    public BoxHeadOutput ForBoxes => new(Logits.to(ScalarType.Float32), Deltas.to(ScalarType.Float32));
}
