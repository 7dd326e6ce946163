namespace DynamicRcnn.Core

module private UsualRanks =

    /// Dense where K_I is chosen, up to the number of training proposals of an image.
    let topIoUCounts =
        [ 1; 2; 3; 5; 7; 10; 15; 20; 25; 30; 40; 50; 60; 75; 90; 100 ]
        @ [ 125; 150; 175; 200; 250; 300; 350; 400; 500; 600; 700; 800; 1000; 1500; 2000 ]

    /// Dense where K_E is chosen.
    let lowErrorCounts =
        [ 1..10 ]
        @ [
            12
            15
            18
            20
            22
            25
            30
            35
            40
            45
            50
            60
            70
            75
            80
            90
            100
            120
            150
            200
            300
        ]

    let withOwn (own: int) (usual: int list) : int[] =
        own :: usual |> List.distinct |> List.sort |> Array.ofList

/// The ranks per image at which every iteration records its order statistics: ascending, each once, the run's own among them.
type StatisticsGrid = {
    /// Values for K_I.
    TopIoUCounts: int[]
    /// Values for K_E.
    LowErrorCounts: int[]
} with

    /// Stands for a value that was not measured, in records and their files; no statistic is negative.
    static member NotMeasured = -1.0

    /// The grid of a run: the usual ranks and its own.
    static member Of(config: DynamicConfig) : StatisticsGrid = {
        TopIoUCounts = UsualRanks.withOwn config.TopIoUCount UsualRanks.topIoUCounts
        LowErrorCounts = UsualRanks.withOwn config.LowErrorCount UsualRanks.lowErrorCounts
    }

/// What leaves the detector of an iteration, float32: the schedule's own statistics, and the same at every rank of the grid.
///
/// Entries as in `RawStatistics`; those of one rank differ in nothing but the rank. -1 where a value was not measured.
type RawGridStatistics = {
    /// Without ranks where nobody will replay the run.
    Grid: StatisticsGrid
    /// [entries x (1 + ranks)], one entry's values after the other's: first at the schedule's K_I, then at each rank of the grid.
    TopIoUs: float32[]
    /// [entries x (1 + ranks)]: first at the schedule's K_E.
    LowErrors: float32[]
    /// Proposals of the RPN, of each image.
    ProposalCounts: int[]
    /// Usable ground truths, of each image.
    GroundTruthCounts: int[]
    /// Overlaps of each image, the number of `RankScaling.PerOverlap`.
    OverlapCounts: int[]
    /// Positives of each image, the number of `RankScaling.PerPositive`.
    PositiveCounts: int[]
}

/// What one iteration measured: for the schedule, and at every other rank.
type BatchRecord = {
    Outcome: BatchOutcome
    /// For each rank of the grid what the batch's IoU statistic would have been; -1: not measured.
    TopIoUs: float[]
    /// For each rank of the grid what the batch's error statistic would have been; -1: not measured.
    LowErrors: float[]
    /// Images of the optimiser step.
    ImageCount: int
    /// Images of them with a usable ground truth.
    AnnotatedImageCount: int
    /// Proposals of the RPN over all images.
    ProposalCount: int
    /// Usable ground truths over all images.
    GroundTruthCount: int
    /// Overlaps over all images; -1 in records of version 1.
    OverlapCount: int
    /// Positives at the floor threshold over all images; -1 in records of version 1.
    PositiveCount: int
} with

    /// The number that a scaling's ranks follow, of a mean image; negative where it was not recorded.
    member internal batch.MeanNumber(scaling: RankScaling) : float =
        let number =
            match scaling with
            | RankScaling.Constant
            | RankScaling.LessGroundTruths
            | RankScaling.PerGroundTruth -> batch.GroundTruthCount
            | RankScaling.PerOverlap -> batch.OverlapCount
            | RankScaling.PerPositive -> batch.PositiveCount

        float number / float (max 1 batch.ImageCount)

/// The statistics of an iteration at every rank of the grid.
[<RequireQualifiedAccess>]
module GridStatistics =

    let private marked (value: float voption) : float =
        ValueOption.defaultValue StatisticsGrid.NotMeasured value

    let internal unmarked (value: float) : float voption =
        if value = StatisticsGrid.NotMeasured then
            ValueNone
        else
            ValueSome value

    /// The entries of one column of [entries x width].
    let private column (values: float32[]) (width: int) (index: int) : float32 voption[] =
        Array.init (values.Length / width) (fun entry ->
            let value = values[entry * width + index]

            if value = float32 StatisticsGrid.NotMeasured then
                ValueNone
            else
                ValueSome value)

    /// The raw statistics of a pair of columns; column 0 is the schedule's.
    let private at (raw: RawGridStatistics) (topIoU: int) (lowError: int) : RawStatistics = {
        TopIoUs = column raw.TopIoUs (1 + raw.Grid.TopIoUCounts.Length) topIoU
        LowErrors = column raw.LowErrors (1 + raw.Grid.LowErrorCounts.Length) lowError
    }

    /// The schedule's own statistics.
    let own (raw: RawGridStatistics) : RawStatistics = at raw 0 0

    /// An iteration that measured nothing.
    [<CompiledName "Nothing">]
    let nothing (grid: StatisticsGrid) (outcome: BatchOutcome) (imageCount: int) : BatchRecord = {
        Outcome = outcome
        TopIoUs = Array.create grid.TopIoUCounts.Length StatisticsGrid.NotMeasured
        LowErrors = Array.create grid.LowErrorCounts.Length StatisticsGrid.NotMeasured
        ImageCount = imageCount
        AnnotatedImageCount = 0
        ProposalCount = 0
        GroundTruthCount = 0
        OverlapCount = 0
        PositiveCount = 0
    }

    let private isWellFormed (config: DynamicConfig) (raw: RawGridStatistics) : bool =
        raw.TopIoUs.Length % (1 + raw.Grid.TopIoUCounts.Length) = 0
        && raw.LowErrors.Length % (1 + raw.Grid.LowErrorCounts.Length) = 0
        && [ raw.GroundTruthCounts; raw.OverlapCounts; raw.PositiveCounts ]
           |> List.forall (fun counts -> counts.Length = raw.ProposalCounts.Length)
        && ProposalStatistics.isWellFormed config.Rule (own raw)

    /// The record of an iteration from its raw statistics. At every rank the batch's value is what `ProposalStatistics.outcome`
    /// would have taken from a run with that rank: the halves do not depend on each other's rank.
    [<CompiledName "Record">]
    let record (config: DynamicConfig) (raw: RawGridStatistics) : BatchRecord =
        if isWellFormed config raw then
            let halves topIoU lowError =
                ProposalStatistics.halves config.Rule (at raw topIoU lowError)

            {
                Outcome = ProposalStatistics.outcome config (own raw)
                TopIoUs = Array.init raw.Grid.TopIoUCounts.Length (fun rank -> marked (halves (rank + 1) 0).TopIoU)
                LowErrors =
                    Array.init raw.Grid.LowErrorCounts.Length (fun rank -> marked (halves 0 (rank + 1)).LowError)
                ImageCount = raw.ProposalCounts.Length
                AnnotatedImageCount = raw.GroundTruthCounts |> Array.filter (fun count -> count > 0) |> Array.length
                ProposalCount = Array.sum raw.ProposalCounts
                GroundTruthCount = Array.sum raw.GroundTruthCounts
                OverlapCount = Array.sum raw.OverlapCounts
                PositiveCount = Array.sum raw.PositiveCounts
            }
        else
            nothing raw.Grid (BatchOutcome.Faulted ScheduleFault.MalformedStatistics) raw.ProposalCounts.Length
