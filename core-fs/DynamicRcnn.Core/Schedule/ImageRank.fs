namespace DynamicRcnn.Core

/// The rank that K_I and K_E stand for in one image. Ours: the published rules take K as it is.
///
/// The published 75 and 10 count an image's ground truths among its proposals, each with IoU 1 and error 0: of COCO's 7.3 an
/// image. ProposalsOnly leaves them out, so that the same K reaches further down among the proposals.
///
/// A rank follows K and one number of the image, the scaling's own: its ground truths, its overlaps or its positives.
[<RequireQualifiedAccess>]
module ImageRank =

    /// Tenths of COCO's mean number of boxes in an image that has any: 7.3.
    let cocoTenths = 73

    /// The best proposals of a ground truth that count among its overlaps: as many as SimOTA looks at.
    let overlapsOfTruth = 10

    /// Tenths of the number at which a rank in proportion to it is K itself; 0 where ranks are in no proportion.
    let tenths (scaling: RankScaling) : int =
        match scaling with
        | RankScaling.Constant
        | RankScaling.LessGroundTruths -> 0
        | RankScaling.PerGroundTruth -> cocoTenths
        | RankScaling.PerOverlap
        | RankScaling.PerPositive -> 1000

    /// The rank, at least 1, in an image whose number is this one. Whole numbers alone, so that a detector's device
    /// computes the same: K x number x 10 / tenths is rounded to the nearest, a half up.
    let ofImage (scaling: RankScaling) (count: int) (number: int) : int =
        match scaling with
        | RankScaling.Constant -> count
        | RankScaling.LessGroundTruths -> max 1 (count - number)
        | RankScaling.PerGroundTruth
        | RankScaling.PerOverlap
        | RankScaling.PerPositive ->
            let tenths = int64 (tenths scaling)
            max 1L ((20L * int64 count * int64 number + tenths) / (2L * tenths)) |> int

    /// The rank in an image with a mean number, not rounded and without a lower bound.
    let ofMean (scaling: RankScaling) (count: float) (number: float) : float =
        match scaling with
        | RankScaling.Constant -> count
        | RankScaling.LessGroundTruths -> count - number
        | RankScaling.PerGroundTruth
        | RankScaling.PerOverlap
        | RankScaling.PerPositive -> count * number * 10.0 / float (tenths scaling)

    /// The K whose rank in such an image it is; any K in proportion to nothing gives rank 0.
    let countOfMean (scaling: RankScaling) (rank: float) (number: float) : float =
        match scaling with
        | RankScaling.Constant -> rank
        | RankScaling.LessGroundTruths -> rank + number
        | RankScaling.PerGroundTruth
        | RankScaling.PerOverlap
        | RankScaling.PerPositive ->
            if number > 0.0 then
                rank * float (tenths scaling) / 10.0 / number
            else
                0.0
