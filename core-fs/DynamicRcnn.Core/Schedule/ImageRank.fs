namespace DynamicRcnn.Core

/// The rank that K_I and K_E stand for in one image. Ours: the published rules take K as it is.
///
/// The published 75 and 10 count an image's ground truths among its proposals, each with IoU 1 and error 0: of COCO's 7.3 an
/// image. ProposalsOnly leaves them out, so that the same K reaches further down among the proposals.
[<RequireQualifiedAccess>]
module ImageRank =

    /// Tenths of COCO's mean number of boxes in an image that has any: 7.3.
    let cocoTenths = 73

    /// The rank, at least 1, in an image with so many usable ground truths. Whole numbers alone, so that a detector's device
    /// computes the same: PerGroundTruth rounds K x ground truths / 7.3 to the nearest.
    let ofImage (scaling: RankScaling) (count: int) (groundTruths: int) : int =
        match scaling with
        | RankScaling.Constant -> count
        | RankScaling.LessGroundTruths -> max 1 (count - groundTruths)
        | RankScaling.PerGroundTruth ->
            max
                1L
                ((20L * int64 count * int64 groundTruths + int64 cocoTenths)
                 / int64 (2 * cocoTenths))
            |> int

    /// The rank in an image with a mean number of ground truths, not rounded and without a lower bound.
    let ofMean (scaling: RankScaling) (count: float) (groundTruths: float) : float =
        match scaling with
        | RankScaling.Constant -> count
        | RankScaling.LessGroundTruths -> count - groundTruths
        | RankScaling.PerGroundTruth -> count * groundTruths * 10.0 / float cocoTenths

    /// The K whose rank in such an image it is; any K gives rank 0 to an image without ground truths under PerGroundTruth.
    let countOfMean (scaling: RankScaling) (rank: float) (groundTruths: float) : float =
        match scaling with
        | RankScaling.Constant -> rank
        | RankScaling.LessGroundTruths -> rank + groundTruths
        | RankScaling.PerGroundTruth ->
            if groundTruths > 0.0 then
                rank * float cocoTenths / 10.0 / groundTruths
            else
                0.0
