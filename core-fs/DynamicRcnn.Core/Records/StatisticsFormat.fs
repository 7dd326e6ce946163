namespace DynamicRcnn.Core

open System
open System.Buffers.Binary

/// A run's statistics as bytes, little-endian: a header, then one record of a fixed size for each iteration.
///
/// Header: 8 bytes `DRCNNSTA`, then int32 each: version, rule (0 ProposalsOnly, 1 Official, 2 MMDetection), K_I, K_E, number A of
/// ranks for the IoU, number B of ranks for the error, A ranks, B ranks, checksum of all before.
/// Record: int32 checksum of the rest, iteration, outcome, images, images with ground truth, proposals, ground truths, overlaps,
/// positives; float64 IoU threshold, beta, A IoU statistics, B error statistics (-1: not measured). At most 600 bytes.
/// Version 1 has neither overlaps nor positives; a run that began with it goes on in it.
/// Checksum: FNV-1a, 32 bits.
[<RequireQualifiedAccess>]
module StatisticsFormat =

    /// The version that new records are written in.
    let version = 2

    let private firstVersion = 1

    let private magic = "DRCNNSTA"B

    let private fixedHeaderSize = magic.Length + 6 * sizeof<int>

    let private countsSize (version: int) =
        (if version = firstVersion then 7 else 9) * sizeof<int>

    /// Bytes of a record at most.
    let largestRecord = 600

    let private checksum (bytes: byte[]) (start: int) (count: int) : int =
        let mutable hash = 2166136261u

        for i in start .. start + count - 1 do
            hash <- (hash ^^^ uint32 bytes[i]) * 16777619u

        int hash

    /// What the ranks were taken among.
    let private ruleCodes = [
        (StatisticsRule.ProposalsOnly, RankScaling.Constant), 0
        (StatisticsRule.Official, RankScaling.Constant), 1
        (StatisticsRule.MMDetection, RankScaling.Constant), 2
        (StatisticsRule.ProposalsOnly, RankScaling.LessGroundTruths), 3
        (StatisticsRule.ProposalsOnly, RankScaling.PerGroundTruth), 4
        (StatisticsRule.ProposalsOnly, RankScaling.PerOverlap), 5
        (StatisticsRule.ProposalsOnly, RankScaling.PerPositive), 6
    ]

    let private outcomeCode (outcome: BatchOutcome) : int =
        match outcome with
        | BatchOutcome.Measured _ -> 0
        | BatchOutcome.TopIoUOnly _ -> 1
        | BatchOutcome.Unmeasured UnmeasuredReason.NoContributingImage -> 2
        | BatchOutcome.Unmeasured UnmeasuredReason.NonFiniteStatistic -> 3
        | BatchOutcome.Skipped SkipReason.ImageWithoutBoxes -> 4
        | BatchOutcome.Skipped SkipReason.NoUsableImage -> 5
        | BatchOutcome.Faulted ScheduleFault.TooFewProposals -> 6
        | BatchOutcome.Faulted _ -> 7

    /// The outcomes that do not follow from statistics.
    let private unexecuted (code: int) : BatchOutcome option =
        match code with
        | 4 -> Some(BatchOutcome.Skipped SkipReason.ImageWithoutBoxes)
        | 5 -> Some(BatchOutcome.Skipped SkipReason.NoUsableImage)
        | 7 -> Some(BatchOutcome.Faulted ScheduleFault.MalformedStatistics)
        | _ -> None

    let private rankCount (header: StatisticsHeader) : int =
        header.Grid.TopIoUCounts.Length + header.Grid.LowErrorCounts.Length

    /// Bytes of the header.
    [<CompiledName "HeaderSize">]
    let headerSize (header: StatisticsHeader) : int =
        fixedHeaderSize + (rankCount header + 1) * sizeof<int>

    /// Bytes of every record.
    [<CompiledName "RecordSize">]
    let recordSize (header: StatisticsHeader) : int =
        countsSize header.Version + (2 + rankCount header) * sizeof<float>

    /// The header of a run's record.
    [<CompiledName "HeaderOf">]
    let headerOf (config: DynamicConfig) : StatisticsHeader = {
        Version = version
        Rule = config.Rule
        RankScaling = config.RankScaling
        TopIoUCount = config.TopIoUCount
        LowErrorCount = config.LowErrorCount
        Grid = StatisticsGrid.Of config
    }

    let private writeInt (bytes: byte[]) (at: int) (value: int) : unit =
        BinaryPrimitives.WriteInt32LittleEndian(Span(bytes, at, sizeof<int>), value)

    let private writeFloat (bytes: byte[]) (at: int) (value: float) : unit =
        BinaryPrimitives.WriteDoubleLittleEndian(Span(bytes, at, sizeof<float>), value)

    let private readInt (bytes: byte[]) (at: int) : int =
        BinaryPrimitives.ReadInt32LittleEndian(ReadOnlySpan(bytes, at, sizeof<int>))

    let private readFloat (bytes: byte[]) (at: int) : float =
        BinaryPrimitives.ReadDoubleLittleEndian(ReadOnlySpan(bytes, at, sizeof<float>))

    /// The bytes of a header.
    [<CompiledName "WriteHeader">]
    let writeHeader (header: StatisticsHeader) : byte[] =
        let bytes = Array.zeroCreate<byte>(headerSize header)
        magic.CopyTo(bytes, 0)

        let rule =
            ruleCodes
            |> List.find (fun (rule, _) -> rule = (header.Rule, header.RankScaling))
            |> snd

        let numbers = [|
            header.Version
            rule
            header.TopIoUCount
            header.LowErrorCount
            header.Grid.TopIoUCounts.Length
            header.Grid.LowErrorCounts.Length
            yield! header.Grid.TopIoUCounts
            yield! header.Grid.LowErrorCounts
        |]

        numbers
        |> Array.iteri (fun i number -> writeInt bytes (magic.Length + i * sizeof<int>) number)

        let covered = bytes.Length - sizeof<int>
        writeInt bytes covered (checksum bytes 0 covered)
        bytes

    /// The bytes of a record of the header's grid.
    [<CompiledName "WriteRecord">]
    let writeRecord (header: StatisticsHeader) (record: StatisticsRecord) : byte[] =
        let bytes = Array.zeroCreate<byte>(recordSize header)
        let batch = record.Batch

        [|
            record.Iteration
            outcomeCode batch.Outcome
            batch.ImageCount
            batch.AnnotatedImageCount
            batch.ProposalCount
            batch.GroundTruthCount
            if header.Version > firstVersion then
                batch.OverlapCount
                batch.PositiveCount
        |]
        |> Array.iteri (fun i number -> writeInt bytes ((i + 1) * sizeof<int>) number)

        [|
            record.Setting.IoUThreshold
            record.Setting.Beta
            yield! batch.TopIoUs
            yield! batch.LowErrors
        |]
        |> Array.iteri (fun i value -> writeFloat bytes (countsSize header.Version + i * sizeof<float>) value)

        writeInt bytes 0 (checksum bytes sizeof<int> (bytes.Length - sizeof<int>))
        bytes

    let private isGrid (ranks: int[]) : bool =
        ranks.Length > 0
        && ranks[0] >= 1
        && ranks |> Array.pairwise |> Array.forall (fun (low, high) -> low < high)

    /// The header's fields, whose number of ranks fits the bytes; an unknown rule reads as the first.
    let private headerFields (bytes: byte[]) (topIoURanks: int) (lowErrorRanks: int) : StatisticsHeader =
        let number (i: int) =
            readInt bytes (magic.Length + i * sizeof<int>)

        let rule, scaling =
            ruleCodes
            |> List.tryFind (fun (_, code) -> code = number 1)
            |> Option.map fst
            |> Option.defaultValue (fst ruleCodes.Head)

        {
            Version = number 0
            Rule = rule
            RankScaling = scaling
            TopIoUCount = number 2
            LowErrorCount = number 3
            Grid = {
                TopIoUCounts = Array.init topIoURanks (fun i -> number (6 + i))
                LowErrorCounts = Array.init lowErrorRanks (fun i -> number (6 + topIoURanks + i))
            }
        }

    /// The header of a file's first bytes, or one sentence about what is wrong with them.
    let readHeader (fileName: string, bytes: byte[]) : Result<StatisticsHeader, string> =
        let number (i: int) =
            readInt bytes (magic.Length + i * sizeof<int>)

        let wrong (text: string) = Error $"{fileName}: {text}."

        if
            bytes.Length < magic.Length
            || not (magic.AsSpan().SequenceEqual(ReadOnlySpan(bytes, 0, magic.Length)))
        then
            wrong "is no record of statistics; expected the statistics.bin of a run"
        elif bytes.Length < fixedHeaderSize then
            wrong "ends within its header"
        elif number 0 < firstVersion || number 0 > version then
            wrong
                $"has version {number 0}, and this program reads versions {firstVersion} to {version}; use the program that wrote it"
        else
            let topIoURanks, lowErrorRanks = int64 (number 4), int64 (number 5)
            let ranks = topIoURanks + lowErrorRanks

            if
                topIoURanks < 1L
                || lowErrorRanks < 1L
                || int64 (countsSize version) + (2L + ranks) * 8L > int64 largestRecord
            then
                wrong $"its header names {topIoURanks} and {lowErrorRanks} ranks, more than a record holds, or none"
            elif int64 bytes.Length < int64 fixedHeaderSize + (ranks + 1L) * 4L then
                wrong "ends within its header"
            else
                let header = headerFields bytes (int topIoURanks) (int lowErrorRanks)
                let covered = headerSize header - sizeof<int>

                if checksum bytes 0 covered <> readInt bytes covered then
                    wrong "its header is damaged: the checksum does not fit"
                elif not (List.exists (fun (_, code) -> code = number 1) ruleCodes) then
                    wrong $"names the rule {number 1}, expected 0 to {ruleCodes.Length - 1}"
                elif not (isGrid header.Grid.TopIoUCounts && isGrid header.Grid.LowErrorCounts) then
                    wrong "its ranks are not ascending from 1 on"
                elif
                    not (
                        Array.contains header.TopIoUCount header.Grid.TopIoUCounts
                        && Array.contains header.LowErrorCount header.Grid.LowErrorCounts
                    )
                then
                    wrong $"its grid lacks the run's own ranks {header.TopIoUCount} and {header.LowErrorCount}"
                else
                    Ok header

    let private isWhole (bytes: byte[]) (start: int) (size: int) : bool =
        readInt bytes start = checksum bytes (start + sizeof<int>) (size - sizeof<int>)

    let private readRecord (header: StatisticsHeader) (bytes: byte[]) (start: int) : int * StatisticsRecord =
        let number (i: int) = readInt bytes (start + i * sizeof<int>)

        let value (i: int) =
            readFloat bytes (start + countsSize header.Version + i * sizeof<float>)

        let topIoURanks = header.Grid.TopIoUCounts.Length
        let topIoUs = Array.init topIoURanks (fun i -> value (2 + i))

        let lowErrors =
            Array.init header.Grid.LowErrorCounts.Length (fun i -> value (2 + topIoURanks + i))

        let outcome =
            match unexecuted (number 2) with
            | Some outcome -> outcome
            | None ->
                ProposalStatistics.ofHalves header.Rule {
                    TopIoU =
                        GridStatistics.unmarked
                            topIoUs[Array.BinarySearch(header.Grid.TopIoUCounts, header.TopIoUCount)]
                    LowError =
                        GridStatistics.unmarked
                            lowErrors[Array.BinarySearch(header.Grid.LowErrorCounts, header.LowErrorCount)]
                }

        let added (i: int) =
            if header.Version = firstVersion then -1 else number i

        number 2,
        {
            Iteration = number 1
            Setting = {
                IoUThreshold = value 0
                Beta = value 1
            }
            Batch = {
                Outcome = outcome
                TopIoUs = topIoUs
                LowErrors = lowErrors
                ImageCount = number 3
                AnnotatedImageCount = number 4
                ProposalCount = number 5
                GroundTruthCount = number 6
                OverlapCount = added 7
                PositiveCount = added 8
            }
        }

    /// What is wrong with a record whose checksum fits.
    let private problem (version: int) (before: int) (code: int) (record: StatisticsRecord) : string option =
        let batch = record.Batch

        let isStatistic (value: float) =
            not (value < 0.0) || value = StatisticsGrid.NotMeasured

        if record.Iteration <= before then
            Some $"has iteration {record.Iteration} after {before}"
        elif code <> outcomeCode batch.Outcome then
            Some $"iteration {record.Iteration}: the outcome {code} does not follow from its statistics"
        elif
            batch.AnnotatedImageCount < 0
            || batch.ImageCount < batch.AnnotatedImageCount
            || batch.ProposalCount < 0
            || batch.GroundTruthCount < 0
            || version > firstVersion && (batch.OverlapCount < 0 || batch.PositiveCount < 0)
        then
            Some
                $"iteration {record.Iteration}: its numbers of images, proposals, ground truths, overlaps or positives cannot be"
        elif
            not (
                Double.IsFinite record.Setting.IoUThreshold
                && Double.IsFinite record.Setting.Beta
            )
            || record.Setting.IoUThreshold < 0.0
            || record.Setting.Beta < 0.0
        then
            Some $"iteration {record.Iteration}: its IoU threshold or beta is no number of at least 0"
        elif
            not (
                Array.forall isStatistic batch.TopIoUs
                && Array.forall isStatistic batch.LowErrors
            )
        then
            Some $"iteration {record.Iteration}: has a negative statistic"
        else
            None

    /// The number of whole records: what follows the last of them was torn.
    let private wholeCount (bytes: byte[]) (start: int) (size: int) : int =
        let rec back (count: int) =
            if count > 0 && not (isWhole bytes (start + (count - 1) * size) size) then
                back (count - 1)
            else
                count

        back ((bytes.Length - start) / size)

    /// A run's statistics, or one sentence about what is wrong with the bytes. A torn end is left out.
    [<CompiledName "Read">]
    let read (fileName: string, bytes: byte[]) : Parsed<StatisticsFile> =
        readHeader (fileName, bytes)
        |> Result.bind (fun header ->
            let start, size = headerSize header, recordSize header
            let records = ResizeArray<StatisticsRecord>()
            let count = wholeCount bytes start size
            let mutable error = None

            while error.IsNone && records.Count < count do
                let at = start + records.Count * size

                let before =
                    if records.Count = 0 then
                        0
                    else
                        records[records.Count - 1].Iteration

                if isWhole bytes at size then
                    let code, record = readRecord header bytes at
                    error <- problem header.Version before code record
                    records.Add record
                else
                    error <- Some $"the record after iteration {before} is damaged: the checksum does not fit"

            match error with
            | Some text -> Error $"{fileName}: {text}."
            | None ->
                Ok {
                    Header = header
                    Records = records.ToArray()
                    TornBytes = bytes.Length - start - count * size
                })
        |> Parsed.ofError
