module DynamicRcnn.Core.Tests.Records.ReplayTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Records.ReplayCases
open DynamicRcnn.Core.Tests.Schedule.ScheduleCases
open Expecto

let private replay (file: StatisticsFile) recorded config =
    (ReplayFold.run file recorded config).Value

let private sentence (file: StatisticsFile) recorded config =
    (ReplayFold.run file recorded config).Problems |> String.concat ""

let private isExact (curve: ReplayCurve) =
    curve.IoUThresholdCaveats.Length = 0 && curve.BetaCaveats.Length = 0

/// The file as it comes back from its bytes.
let private throughBytes (file: StatisticsFile) : StatisticsFile =
    (StatisticsFormat.read ("statistics.bin", bytesOf file)).Value

/// The settings in force at each iteration of a run.
let private inForce (states: DynamicState list) (file: StatisticsFile) : Setting list =
    states |> List.truncate file.Records.Length |> List.map _.Setting

let private settings (curve: ReplayCurve) : Setting list =
    List.zip (List.ofArray curve.IoUThresholds) (List.ofArray curve.Betas)
    |> List.map (fun (iouThreshold, beta) -> {
        IoUThreshold = iouThreshold
        Beta = beta
    })

let private steady (config: DynamicConfig) (count: int) : StatisticsFile =
    let entries = if config.Rule = StatisticsRule.ProposalsOnly then 2 else 1

    let raw = {
        Grid = grid
        TopIoUs =
            Array.replicate (if config.Rule = StatisticsRule.Official then 1 else 2) [| 0.9f; 0.8f; 0.6f; 0.5f |]
            |> Array.concat
        LowErrors = Array.replicate entries [| 0.125f; 0.25f; 0.5f |] |> Array.concat
        ProposalCounts = [| 50; 50 |]
        GroundTruthCounts = [| 4; 4 |]
        OverlapCounts = [| 12; 8 |]
        PositiveCounts = [| 30; 10 |]
    }

    recorded {
        Config = config
        Happened = List.replicate count (Executed raw)
    }
    |> snd

let private short rule = {
    config rule with
        UpdateInterval = 2
        TopIoUCount = 5
        LowErrorCount = 3
}

[<Tests>]
let tests =
    testList "Records.Replay" [
        propertyOfRuns
            "the run's own settings give the recorded curve to the bit, under every rule, skips and faults included"
            (fun run ->
                let states, file = recorded run
                let file = throughBytes file
                let curve = replay file run.Config run.Config

                isExact curve
                && ReplayFold.equalsRecord file curve
                && settings curve = inForce states file
                && curve.Last = List.last states)

        propertyOfRuns
            "ProposalsOnly: every pair of recorded ranks gives what a run with them would have recorded"
            (fun run ->
                run.Config.Rule <> StatisticsRule.ProposalsOnly
                || (let file = throughBytes (snd (recorded run))

                    List.allPairs (List.ofArray grid.TopIoUCounts) (List.ofArray grid.LowErrorCounts)
                    |> List.forall (fun (topIoUCount, lowErrorCount) ->
                        let config = {
                            run.Config with
                                TopIoUCount = topIoUCount
                                LowErrorCount = lowErrorCount
                                UpdateInterval = 1 + run.Config.UpdateInterval % 3
                        }

                        let states, own = recorded { run with Config = config }
                        let curve = replay file run.Config config
                        isExact curve && settings curve = inForce states own)))

        propertyOfRuns
            "Official and MMDetection: a curve without caveats is what a run with its settings would have recorded"
            (fun run ->
                let file = snd (recorded run)

                let config = { run.Config with LowErrorCount = 4 }

                let states, own = recorded { run with Config = config }
                let curve = replay file run.Config config
                // The record ends where its run met a fault, be it one that these settings would not meet.
                let length = min curve.Betas.Length own.Records.Length

                not (isExact curve)
                || List.truncate length (settings curve) = List.truncate length (inForce states own))

        test "Official is approximate from the iteration on at which the threshold is another" {
            let run = short StatisticsRule.Official
            let file = steady run 8
            let other = { run with TopIoUCount = 2 }
            let curve = replay file run other
            equal [ ReplayCaveat.ThresholdMoved 3 ] (List.ofArray curve.IoUThresholdCaveats)
            equal [ ReplayCaveat.ThresholdMoved 3 ] (List.ofArray curve.BetaCaveats)
            isTrue (isExact (replay file run { run with LowErrorCount = 1 }))
        }

        test "MMDetection keeps an exact threshold, and an approximate beta once the threshold is another" {
            let run = short StatisticsRule.MMDetection
            let curve = replay (steady run 8) run { run with TopIoUCount = 2 }
            isEmpty curve.IoUThresholdCaveats
            equal [ ReplayCaveat.PositivesMoved 3 ] (List.ofArray curve.BetaCaveats)
        }

        test "another floor is approximate under ProposalsOnly alone, another interval under none" {
            let run = short StatisticsRule.ProposalsOnly
            let file = steady run 8
            let curve = replay file run { run with FloorIoU = 0.3 }
            equal [ ReplayCaveat.OtherFloor 0.4 ] (List.ofArray curve.BetaCaveats)
            isTrue (isExact (replay file run { run with UpdateInterval = 3 }))
        }

        test "a rank between two recorded ones is interpolated and says so, one beyond them is refused" {
            let run = short StatisticsRule.ProposalsOnly
            let file = steady run 4
            let curve = replay file run { run with TopIoUCount = 3 }

            equal [ ReplayCaveat.BetweenRanks("dynamic.topIoUCount", 3, 2, 5) ] (List.ofArray curve.IoUThresholdCaveats)

            inRange 0.7333 0.7334 curve.Last.Setting.IoUThreshold

            equal
                "dynamic.topIoUCount: got 11, expected at most 10, the largest recorded rank; recorded are 1, 2, 5, 10"
                (sentence file run { run with TopIoUCount = 11 })
        }

        test "another rule counts the ground truths that the recorded one left out" {
            let run = short StatisticsRule.ProposalsOnly
            let file = steady run 4
            // Four ground truths an image: the fifth largest of both is the largest proposal, and three smallest errors are 0.
            let curve =
                replay file run {
                    run with
                        Rule = StatisticsRule.Official
                }

            equal [ ReplayCaveat.OtherRule run.Rule ] (List.ofArray curve.IoUThresholdCaveats)
            equal (float 0.9f) curve.Last.Setting.IoUThreshold
            equal 0.0 curve.Last.Setting.Beta
            equal 4 curve.ZeroErrorCount
        }

        test "another meaning of the counts is carried over by the mean number of ground truths" {
            let run = short StatisticsRule.ProposalsOnly
            let file = steady run 4
            // Four ground truths an image: fifth less four is the largest proposal.
            let curve =
                replay file run {
                    run with
                        TopIoUCount = 5
                        RankScaling = RankScaling.LessGroundTruths
                }

            equal [ ReplayCaveat.OtherRankScaling RankScaling.Constant ] (List.ofArray curve.IoUThresholdCaveats)

            equal (float 0.9f) curve.Last.Setting.IoUThreshold
        }

        test
            "hundredths of overlaps and of positives are carried over by their mean numbers, and refused where none are recorded" {
            let run = short StatisticsRule.ProposalsOnly
            let file = steady run 4

            let under scaling count = {
                run with
                    TopIoUCount = count
                    LowErrorCount = 1
                    RankScaling = scaling
            }

            // 50 hundredths of 10 overlaps are the fifth, 10 of 20 positives the second; 1 is the first error in both.
            let grid = {
                file.Header.Grid with
                    TopIoUCounts = [| 1; 2; 5; 100 |]
            }

            let wide = {
                file with
                    Header = { file.Header with Grid = grid }
            }

            equal (float 0.6f) (replay wide run (under RankScaling.PerOverlap 50)).Last.Setting.IoUThreshold
            equal (float 0.8f) (replay wide run (under RankScaling.PerPositive 10)).Last.Setting.IoUThreshold
            equal (float 0.125f) (replay wide run (under RankScaling.PerPositive 10)).Last.Setting.Beta

            let old =
                throughBytes {
                    wide with
                        Header = { wide.Header with Version = 1 }
                }

            isTrue (ReplayFold.equalsRecord old (replay old run run))

            equal
                "dynamic.rankScaling: got PerOverlap, expected another, for the run was recorded before the overlaps of its images were"
                (sentence old run (under RankScaling.PerOverlap 50))
        }

        test "a record with a gap, or of other ranks than the configuration's, is refused" {
            let run = short StatisticsRule.ProposalsOnly
            let file = steady run 4

            let gap = {
                file with
                    Records = Array.append file.Records[..0] file.Records[2..]
            }

            containsText "lacks iterations 2 to 2" (sentence gap run run)
            let other = { run with TopIoUCount = 2 }
            containsText "under another rule or other ranks" (sentence file other other)
        }

        test "nothing recorded is an empty curve" {
            let run = short StatisticsRule.Official
            let curve = replay (steady run 0) run run
            isEmpty curve.Betas
            equal (DynamicTraining.initial run) curve.Last
        }
    ]
