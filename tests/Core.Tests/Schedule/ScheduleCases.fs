/// Configurations, outcomes and generators that the tests of the schedule share.
module DynamicRcnn.Core.Tests.Schedule.ScheduleCases

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto
open FsCheck
open FsCheck.FSharp

let config (rule: StatisticsRule) : DynamicConfig = {
    Rule = rule
    MoveThreshold = true
    MoveBeta = true
    TopIoUCount = 75
    LowErrorCount = 10
    UpdateInterval = 100
    InitialIoU = if rule = StatisticsRule.MMDetection then 0.5 else 0.4
    FloorIoU = 0.4
    CeilingIoU = 0.9
    InitialBeta = 1.0
    MinimumBeta = 0.01
    RankScaling = RankScaling.Constant
}

let rules = [
    StatisticsRule.Official
    StatisticsRule.MMDetection
    StatisticsRule.ProposalsOnly
]

let scalings = [
    RankScaling.Constant
    RankScaling.LessGroundTruths
    RankScaling.PerGroundTruth
    RankScaling.PerOverlap
    RankScaling.PerPositive
]

let measured topIoU lowError =
    BatchOutcome.Measured { TopIoU = topIoU; LowError = lowError }

let skipped = BatchOutcome.Skipped SkipReason.ImageWithoutBoxes

let unmeasured = BatchOutcome.Unmeasured UnmeasuredReason.NoContributingImage

let run (config: DynamicConfig) (outcomes: BatchOutcome list) : DynamicState =
    List.fold (DynamicTraining.step config) (DynamicTraining.initial config) outcomes

/// A statistic as the detector gives it: a float32, zero and one included.
let private statistic largest =
    Gen.frequency [
        1, Gen.constant 0.0
        1, Gen.constant largest
        8,
        Gen.choose (0, 1_000_000)
        |> Gen.map (fun i -> float (float32 i / 1_000_000.0f) * largest)
    ]

let private outcome =
    Gen.frequency [
        12, Gen.map2 measured (statistic 1.0) (statistic 4.0)
        1, Gen.constant skipped
        1, Gen.constant unmeasured
        1, Gen.map BatchOutcome.TopIoUOnly (statistic 1.0)
    ]

/// A schedule with a short window, either half fixed or not, and a run of outcomes with a place to cut it.
type Case = {
    Config: DynamicConfig
    Outcomes: BatchOutcome list
    Cut: int
}

let private case =
    gen {
        let! rule = Gen.elements rules
        let! interval = Gen.choose (1, 12)
        let! moveThreshold = Gen.frequency [ 4, Gen.constant true; 1, Gen.constant false ]
        let! moveBeta = Gen.frequency [ 4, Gen.constant true; 1, Gen.constant false ]
        let! length = Gen.choose (0, 60)
        let! outcomes = Gen.listOfLength length outcome
        let! cut = Gen.choose (0, length)

        return {
            Config = {
                config rule with
                    UpdateInterval = interval
                    MoveThreshold = moveThreshold
                    MoveBeta = moveBeta
            }
            Outcomes = outcomes
            Cut = cut
        }
    }

let propertyOfCases (name: string) (holds: Case -> bool) : Test =
    testProperty name (Prop.forAll (Arb.fromGen case) holds)
