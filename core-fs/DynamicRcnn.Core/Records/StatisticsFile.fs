namespace DynamicRcnn.Core

/// What was recorded of one iteration.
type StatisticsRecord = {
    /// From 1.
    Iteration: int
    /// IoU threshold and beta that acted in the iteration.
    Setting: Setting
    /// What the iteration measured, at every rank of the grid.
    Batch: BatchRecord
}

/// What all records of a run share.
type StatisticsHeader = {
    /// Of the format: 1, or 2 with overlaps and positives.
    Version: int
    Rule: StatisticsRule
    RankScaling: RankScaling
    /// The run's own K_I.
    TopIoUCount: int
    /// The run's own K_E.
    LowErrorCount: int
    Grid: StatisticsGrid
}

/// A run's statistics.bin.
type StatisticsFile = {
    Header: StatisticsHeader
    /// In ascending iterations, with a gap where a run went on without its record.
    Records: StatisticsRecord[]
    /// Bytes at the end that are no whole record: one was being written when the machine stopped.
    TornBytes: int
}
