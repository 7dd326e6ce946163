namespace DynamicRcnn.Core

/// Recorded statistics for C# callers. Nothing here throws on data.
[<AbstractClass; Sealed>]
type ReplayApi =

    /// The header of a run's record.
    static member Header(config: DynamicConfig) : StatisticsHeader = StatisticsFile.headerOf config

    /// The bytes that a record begins with.
    static member Write(header: StatisticsHeader) : byte[] = StatisticsFile.writeHeader header

    /// The bytes of one iteration.
    static member Write(header: StatisticsHeader, record: StatisticsRecord) : byte[] =
        StatisticsFile.writeRecord header record

    /// Bytes of the header.
    static member HeaderSize(header: StatisticsHeader) : int = StatisticsFile.headerSize header

    /// Bytes of each record.
    static member RecordSize(header: StatisticsHeader) : int = StatisticsFile.recordSize header

    /// Reads a run's statistics.bin; `fileName` is the name that problems carry.
    static member TryRead(fileName: string, bytes: byte[]) : Parsed<StatisticsFile> =
        StatisticsFile.read (fileName, bytes)
        |> Result.mapError Array.singleton
        |> Parsed

    /// What is recorded of an iteration that was not executed.
    static member Skipped(header: StatisticsHeader, reason: SkipReason, imageCount: int) : BatchRecord =
        GridStatistics.nothing header.Grid (BatchOutcome.Skipped reason) imageCount

    /// Folds a record again under a schedule; `recorded` is the schedule of the run.
    static member Replay(file: StatisticsFile, recorded: DynamicConfig, config: DynamicConfig) : Parsed<ReplayCurve> =
        Replay.run file recorded config |> Result.mapError Array.singleton |> Parsed

    /// Whether a curve is the recorded one, to the bit.
    static member EqualsRecord(file: StatisticsFile, curve: ReplayCurve) : bool = Replay.equalsRecord file curve

    /// One sentence about a caveat.
    static member Describe(caveat: ReplayCaveat) : string = Replay.describe caveat

    /// The distribution of an iteration's proposal IoUs; null when it did not measure it.
    static member Histogram(header: StatisticsHeader, batch: BatchRecord) : IoUHistogram | null =
        match ProposalIoUs.histogram header batch with
        | Some histogram -> histogram
        | None -> null
