module DynamicRcnn.Core.Tests.Records.StatisticsFileTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Records.ReplayCases
open DynamicRcnn.Core.Tests.Schedule.ScheduleCases
open Expecto
open FsCheck
open FsCheck.FSharp

let private read (bytes: byte[]) =
    StatisticsFormat.read ("statistics.bin", bytes)

/// NaN is a value like any other here, so files are compared by their bytes.
let private same (a: StatisticsFile) (b: StatisticsFile) : bool = bytesOf a = bytesOf b

let private example: StatisticsFile =
    let raw = {
        Grid = grid
        TopIoUs = [| 0.9f; 0.8f; 0.7f; 0.6f |]
        LowErrors = [| 0.1f; 0.2f; 0.3f |]
        ProposalCounts = [| 50 |]
        GroundTruthCounts = [| 2 |]
        OverlapCounts = [| 7 |]
        PositiveCounts = [| 21 |]
    }

    let config = {
        config StatisticsRule.ProposalsOnly with
            TopIoUCount = 5
            LowErrorCount = 3
            UpdateInterval = 2
    }

    recorded {
        Config = config
        Happened = List.replicate 5 (Executed raw)
    }
    |> snd

let private bytes = bytesOf example

let private problem (bytes: byte[]) : string =
    (read bytes).Problems |> String.concat ""

/// Bytes whose checksums fit, so that the values themselves are looked at.
let private rewritten (change: StatisticsRecord -> StatisticsRecord) : byte[] =
    bytesOf {
        example with
            Records = Array.mapi (fun i record -> if i = 1 then change record else record) example.Records
    }

[<Tests>]
let tests =
    testList "Records.StatisticsFile" [
        propertyOfRuns "write and read give back the same records under every rule" (fun run ->
            let file = snd (recorded run)

            let back = (read (bytesOf file)).Value

            same file back
            && back.Header = file.Header
            && back.TornBytes = 0
            && Array.map _.Batch.Outcome back.Records = Array.map _.Batch.Outcome file.Records)

        test "a record has at most 600 bytes whatever the run's own ranks" {
            for topIoUCount in [ 1; 74; 75; 5000 ] do
                for lowErrorCount in [ 1; 10; 11; 5000 ] do
                    let header =
                        StatisticsFormat.headerOf {
                            config StatisticsRule.Official with
                                TopIoUCount = topIoUCount
                                LowErrorCount = lowErrorCount
                        }

                    inRange 1 StatisticsFormat.largestRecord (StatisticsFormat.recordSize header)
                    contains topIoUCount header.Grid.TopIoUCounts
                    contains lowErrorCount header.Grid.LowErrorCounts
        }

        test "version 1 has neither overlaps nor positives, and goes on in its own bytes" {
            let old = {
                example with
                    Header = { example.Header with Version = 1 }
            }

            equal (bytes.Length - 8 * example.Records.Length) (bytesOf old).Length
            let back = (read (bytesOf old)).Value
            equal (bytesOf old) (bytesOf back)

            equal [ -1, -1; 7, 21 ] [
                for file in [ back; (read bytes).Value ] do
                    file.Records[0].Batch.OverlapCount, file.Records[0].Batch.PositiveCount
            ]
        }

        test "a torn end is left out, wherever it was torn" {
            let size = StatisticsFormat.recordSize example.Header
            let whole = StatisticsFormat.headerSize example.Header

            for length in whole .. bytes.Length do
                let file = (read bytes[.. length - 1]).Value
                equal ((length - whole) / size) file.Records.Length
                equal ((length - whole) % size) file.TornBytes
        }

        test "records of zeros, as a file system leaves them behind, are torn" {
            let size = StatisticsFormat.recordSize example.Header
            let file = (read (Array.append bytes (Array.zeroCreate (2 * size + 7)))).Value
            isTrue (same example file)
            equal (2 * size + 7) file.TornBytes
        }

        test "a damaged record before a whole one is one sentence" {
            let damaged = Array.copy bytes

            let second =
                StatisticsFormat.headerSize example.Header
                + StatisticsFormat.recordSize example.Header

            damaged[second + 70] <- damaged[second + 70] ^^^ 1uy

            equal
                "statistics.bin: the record after iteration 1 is damaged: the checksum does not fit."
                (problem damaged)
        }

        test "what is no record of statistics is one sentence" {
            equal
                "statistics.bin: is no record of statistics; expected the statistics.bin of a run."
                (problem "{\"iteration\":1}"B)

            containsText "ends within its header" (problem bytes[..20])
            let later = Array.copy bytes
            later[8] <- 9uy
            containsText "has version 9, and this program reads versions 1 to 2" (problem later)
        }

        test "values that no run records are one sentence that names the iteration" {
            let batch change =
                rewritten (fun record -> {
                    record with
                        Batch = change record.Batch
                })

            containsText "has iteration 1 after 1" (problem (rewritten (fun record -> { record with Iteration = 1 })))

            for beta in [ nan; -0.5; infinity ] do
                let setting: Setting = { IoUThreshold = 0.5; Beta = beta }

                containsText
                    "iteration 2: its IoU threshold or beta"
                    (problem (rewritten (fun r -> { r with Setting = setting })))

            containsText
                "iteration 2: its numbers of images"
                (problem (batch (fun batch -> { batch with AnnotatedImageCount = 9 })))

            containsText
                "iteration 2: has a negative statistic"
                (problem (
                    batch (fun batch -> {
                        batch with
                            TopIoUs = [| 0.9; -0.8; 0.7; 0.6 |]
                    })
                ))

            containsText
                "iteration 2: the outcome 2 does not follow"
                (problem (batch (fun batch -> { batch with Outcome = unmeasured })))
        }

        let mutated =
            gen {
                let! length = Gen.choose (0, bytes.Length)

                let! changes =
                    Gen.listOf (Gen.zip (Gen.choose (0, bytes.Length - 1)) (Gen.choose (0, 255)))

                let copy = Array.copy bytes

                for place, value in changes do
                    copy[place] <- byte value

                return copy[.. length - 1]
            }

        testProperty
            "no bytes make the reader throw"
            (Prop.forAll (Arb.fromGen mutated) (fun bytes ->
                match List.ofSeq (read bytes).Problems with
                | [] -> (read bytes).Value.Records.Length <= example.Records.Length
                | problems ->
                    let text = single problems

                    text.StartsWith("statistics.bin: ", StringComparison.Ordinal)
                    && text.EndsWith '.'))
    ]
