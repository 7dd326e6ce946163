namespace DynamicRcnn.Core

/// The ranks per image at which every iteration records its order statistics: ascending, each once, the run's own among them.
type StatisticsGrid = {
    /// Values for K_I.
    TopIoUCounts: int[]
    /// Values for K_E.
    LowErrorCounts: int[]
}

/// The raw statistics of an iteration at every rank of the grid, float32 as they leave the detector.
///
/// Entries as in `RawStatistics`; those of one rank differ in nothing but the rank. -1 where a value was not measured.
type RawGridStatistics = {
    Grid: StatisticsGrid
    /// [entries x ranks], one entry's ranks after the other's.
    TopIoUs: float32[]
    /// [entries x ranks]
    LowErrors: float32[]
    /// Proposals of the RPN, of each image.
    ProposalCounts: int[]
    /// Usable ground truths, of each image.
    GroundTruthCounts: int[]
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
}

/// The ranks that are recorded.
[<RequireQualifiedAccess>]
module StatisticsGrid =

    /// Dense where K_I is chosen, up to the number of training proposals of an image.
    let private usualTopIoUCounts =
        [ 1; 2; 3; 5; 7; 10; 15; 20; 25; 30; 40; 50; 60; 75; 90; 100 ]
        @ [ 125; 150; 175; 200; 250; 300; 350; 400; 500; 600; 700; 800; 1000; 1500; 2000 ]

    /// Dense where K_E is chosen.
    let private usualLowErrorCounts =
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

    let private withOwn (own: int) (usual: int list) : int[] =
        own :: usual |> List.distinct |> List.sort |> Array.ofList

    /// The grid of a run: the usual ranks and its own.
    let ofConfig (config: DynamicConfig) : StatisticsGrid = {
        TopIoUCounts = withOwn config.TopIoUCount usualTopIoUCounts
        LowErrorCounts = withOwn config.LowErrorCount usualLowErrorCounts
    }

/// The statistics of an iteration at every rank of the grid.
[<RequireQualifiedAccess>]
module GridStatistics =

    let private notMeasured = float32 ProposalStatistics.notMeasured

    /// The entries at one rank of the grid.
    let private column (values: float32[]) (rankCount: int) (rank: int) : float32[] =
        Array.init (values.Length / rankCount) (fun entry -> values[entry * rankCount + rank])

    /// The raw statistics for one pair of ranks, named by their places in the grid.
    let internal at (raw: RawGridStatistics) (topIoURank: int) (lowErrorRank: int) : RawStatistics =
        let topIoUs = column raw.TopIoUs raw.Grid.TopIoUCounts.Length topIoURank
        let lowErrors = column raw.LowErrors raw.Grid.LowErrorCounts.Length lowErrorRank

        {
            TopIoUs = topIoUs
            LowErrors = lowErrors
            TopIoUMeasured = Array.map ((<>) notMeasured) topIoUs
            LowErrorMeasured = Array.map ((<>) notMeasured) lowErrors
        }

    /// An iteration that measured nothing.
    let internal nothing (grid: StatisticsGrid) (outcome: BatchOutcome) (imageCount: int) : BatchRecord = {
        Outcome = outcome
        TopIoUs = Array.create grid.TopIoUCounts.Length ProposalStatistics.notMeasured
        LowErrors = Array.create grid.LowErrorCounts.Length ProposalStatistics.notMeasured
        ImageCount = imageCount
        AnnotatedImageCount = 0
        ProposalCount = 0
        GroundTruthCount = 0
    }

    let private isWellFormed (config: DynamicConfig) (raw: RawGridStatistics) : bool =
        let topIoURanks, lowErrorRanks =
            raw.Grid.TopIoUCounts.Length, raw.Grid.LowErrorCounts.Length

        Array.contains config.TopIoUCount raw.Grid.TopIoUCounts
        && Array.contains config.LowErrorCount raw.Grid.LowErrorCounts
        && raw.TopIoUs.Length % topIoURanks = 0
        && raw.LowErrors.Length % lowErrorRanks = 0
        && raw.ProposalCounts.Length = raw.GroundTruthCounts.Length
        && ProposalStatistics.isWellFormed config.Rule (at raw 0 0)

    /// The record of an iteration from its raw statistics. At every rank the batch's value is what `ProposalStatistics.outcome`
    /// would have taken from a run with that rank: the halves do not depend on each other's rank.
    let record (config: DynamicConfig) (raw: RawGridStatistics) : BatchRecord =
        if isWellFormed config raw then
            let halves topIoURank lowErrorRank =
                ProposalStatistics.halves config.Rule (at raw topIoURank lowErrorRank)

            let own =
                halves
                    (Array.findIndex ((=) config.TopIoUCount) raw.Grid.TopIoUCounts)
                    (Array.findIndex ((=) config.LowErrorCount) raw.Grid.LowErrorCounts)

            {
                Outcome = ProposalStatistics.ofHalves config.Rule own
                TopIoUs = Array.init raw.Grid.TopIoUCounts.Length (fun rank -> (halves rank 0).TopIoU)
                LowErrors = Array.init raw.Grid.LowErrorCounts.Length (fun rank -> (halves 0 rank).LowError)
                ImageCount = raw.ProposalCounts.Length
                AnnotatedImageCount = raw.GroundTruthCounts |> Array.filter (fun count -> count > 0) |> Array.length
                ProposalCount = Array.sum raw.ProposalCounts
                GroundTruthCount = Array.sum raw.GroundTruthCounts
            }
        else
            nothing raw.Grid (BatchOutcome.Faulted ScheduleFault.MalformedStatistics) raw.ProposalCounts.Length
