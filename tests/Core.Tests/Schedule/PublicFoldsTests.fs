/// Our schedule on the batches of public_folds.py, which ran the two public codes' own operations on them.
module DynamicRcnn.Core.Tests.Schedule.PublicFoldsTests

open System
open System.Globalization
open System.IO
open DynamicRcnn.Core
open DynamicRcnn.Core.Reference
open DynamicRcnn.Core.Tests
open Expecto

/// What a scenario's batches are drawn from, as in public_folds.py.
type private Scenario = {
    Seed: int64
    /// 0: full mantissas; otherwise multiples of 1 / levels, so that values tie.
    Levels: int
    Proposals: int * int
    Truths: int * int
    IoUScale: float
    ErrorScale: float
    /// Every so many iterations no positive is drawn; 0 = never.
    NoPositivesEvery: int
}

let private scenario seed levels proposals truths iouScale errorScale noPositivesEvery = {
    Seed = seed
    Levels = levels
    Proposals = proposals
    Truths = truths
    IoUScale = iouScale
    ErrorScale = errorScale
    NoPositivesEvery = noPositivesEvery
}

let private scenarios =
    Map [
        "plain", scenario 1L 0 (8, 8) (1, 3) 1.0 1.0 0
        "few-proposals", scenario 2L 0 (4, 2) (1, 1) 1.0 1.0 0
        "no-positives", scenario 3L 0 (6, 4) (1, 1) 0.25 1.0 2
        "many-truths", scenario 4L 0 (4, 4) (9, 4) 1.0 1.0 0
        "ties", scenario 5L 4 (8, 8) (1, 3) 1.0 1.0 0
        "zeros", scenario 6L 0 (8, 8) (1, 1) 0.0 0.0 5
        "nothing-measured", scenario 7L 0 (8, 8) (1, 1) 0.5 1.0 1
    ]

let private imagesPerPass = 3

let private configOf (rule: StatisticsRule) : DynamicConfig = {
    ScheduleCases.config rule with
        TopIoUCount = 5
        LowErrorCount = 3
}

/// The linear congruential generator of public_folds.py.
type private Numbers(seed: int64) =
    let mutable state = seed

    member _.Next() : int64 =
        state <- (1103515245L * state + 12345L) % 2147483648L
        state

    member numbers.Below(count: int) : int =
        int ((numbers.Next() >>> 16) % int64 count)

let private image (numbers: Numbers) (iteration: int) (scenario: Scenario) : ImageProposals =
    let unit () : float =
        if scenario.Levels > 0 then
            float (numbers.Below(scenario.Levels + 1)) / float scenario.Levels
        else
            float (numbers.Next()) / 2147483647.0

    let drawn (least: int, span: int) = least + numbers.Below(span + 1)
    let truths = drawn scenario.Truths
    let proposals = drawn scenario.Proposals

    // The last columns are the ground truth itself.
    let matrix (scale: float) (ofTruth: bool -> float32) =
        let values = Array2D.zeroCreate truths (proposals + truths)

        for g in 0 .. truths - 1 do
            for p in 0 .. proposals - 1 do
                values[g, p] <- float32 (unit () * scale)

            for t in 0 .. truths - 1 do
                values[g, proposals + t] <- ofTruth (g = t)

        values

    let ious = matrix scenario.IoUScale (fun own -> if own then 1.0f else 0.0f)
    let errors = matrix scenario.ErrorScale (fun own -> if own then 0.0f else 1.0f)
    let positives = Array.init (proposals + truths) (fun _ -> numbers.Below 4 = 0)

    let none =
        scenario.NoPositivesEvery > 0 && iteration % scenario.NoPositivesEvery = 0

    {
        IoUs = ious
        Errors = errors
        IsGroundTruth = Array.init (proposals + truths) (fun p -> p >= proposals)
        IsSampledPositive = positives |> Array.map (fun positive -> positive && not none)
    }

/// The setting after each of so many iterations.
let private settings (config: DynamicConfig) (scenario: Scenario) (iterations: int) : Setting[] =
    let numbers = Numbers scenario.Seed

    let step (state: DynamicState) (iteration: int) =
        let images = Array.init imagesPerPass (fun _ -> image numbers iteration scenario)

        PlainStatistics.ofIoUs (config, imagesPerPass, state.Setting.IoUThreshold, images)
        |> ProposalStatistics.outcome config
        |> DynamicTraining.step config state

    [| 1..iterations |]
    |> Array.scan step (DynamicTraining.initial config)
    |> Array.map (fun state ->
        equal None state.Fault
        state.Setting)

let private double (bits: string) : float =
    BitConverter.Int64BitsToDouble(Int64.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture))

/// Rule and scenario, then (iteration, setting) of the public code.
let private recorded: Map<StatisticsRule * string, (int * Setting) list> =
    Repository.path [ "tests"; "Core.Tests"; "Schedule"; "public_folds.txt" ]
    |> File.ReadAllLines
    |> Array.map _.Split(' ')
    |> List.ofArray
    |> List.groupBy (fun words -> List.find (fun rule -> string rule = words[0]) ScheduleCases.rules, words[1])
    |> List.map (fun (key, lines) ->
        key,
        lines
        |> List.map (fun words ->
            int words[2],
            {
                IoUThreshold = double words[3]
                Beta = double words[4]
            }))
    |> Map.ofList

[<Tests>]
let tests =
    testList "Schedule.PublicFolds" [
        testTheory
            "threshold and beta are the public code's to the bit after every window of every scenario"
            [ StatisticsRule.Official; StatisticsRule.MMDetection ]
            (fun rule ->
                for name, scenario in Map.toList scenarios do
                    let theirs = recorded[rule, name]
                    equal [ 100; 200; 300 ] (List.map fst theirs)
                    let ours = settings (configOf rule) scenario 300

                    for iteration, setting in theirs do
                        Expect.isTrue
                            (ours[iteration] = setting)
                            $"{rule}, {name}, iteration {iteration}: {ours[iteration]}, theirs {setting}")

        test "the scenarios reach floor, ceiling, zero and a kept beta" {
            let all (rule: StatisticsRule) = [
                for KeyValue((owner, _), settings) in recorded do
                    if owner = rule then
                        yield! List.map snd settings
            ]

            exists (fun setting -> setting.IoUThreshold = 0.4) (all StatisticsRule.Official)
            exists (fun setting -> setting.IoUThreshold > 0.95) (all StatisticsRule.Official)
            exists (fun setting -> setting.Beta = 0.0) (all StatisticsRule.Official)

            isFalse (
                all StatisticsRule.MMDetection
                |> List.exists (fun setting -> setting.Beta = 0.0)
            )

            exists (fun setting -> setting.Beta = 1.0) (all StatisticsRule.MMDetection)
        }

        test "another order of summation would be noticed" {
            let config = configOf StatisticsRule.MMDetection
            let numbers = Numbers scenarios["plain"].Seed

            let values =
                Array.init 200 (fun i ->
                    let images =
                        Array.init imagesPerPass (fun _ -> image numbers (i + 1) scenarios["plain"])

                    match
                        ProposalStatistics.outcome config (PlainStatistics.ofIoUs (config, imagesPerPass, 0.5, images))
                    with
                    | BatchOutcome.Measured statistics -> statistics.TopIoU
                    | _ -> nan)

            // The second window's rounding shows the order.
            let window = Array.skip 100 values
            let _, second = recorded[StatisticsRule.MMDetection, "plain"][1]
            equal second.IoUThreshold (Summation.mean window)
            notEqual second.IoUThreshold (Summation.leftToRight window / 100.0)
        }
    ]
