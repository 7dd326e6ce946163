/// Generated raw statistics, and runs that are recorded from them.
module DynamicRcnn.Core.Tests.Records.ReplayCases

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Schedule.ScheduleCases
open Expecto
open FsCheck
open FsCheck.FSharp

/// A small grid, so that cases stay readable.
let grid: StatisticsGrid = {
    TopIoUCounts = [| 1; 2; 5; 10 |]
    LowErrorCounts = [| 1; 3; 4 |]
}

/// One entry's values at ascending ranks: IoUs fall, errors rise; from some rank on perhaps nothing.
let private entry (ranks: int) (largest: float) (falls: bool) (mayEnd: bool) =
    gen {
        let! values = Gen.listOfLength ranks (Gen.choose (0, 1000))

        let ordered =
            values |> List.sort |> List.map (fun v -> float32 v / 1000.0f * float32 largest)

        let ordered = if falls then List.rev ordered else ordered
        let! measured = if mayEnd then Gen.choose (0, ranks) else Gen.constant ranks
        let! isNothing = Gen.frequency [ 8, Gen.constant false; 1, Gen.constant true ]
        let! isNaN = Gen.frequency [ 15, Gen.constant false; 1, Gen.constant true ]

        return
            ordered
            |> List.mapi (fun i value ->
                if isNothing || i >= measured then -1.0f
                elif isNaN && i = 0 then nanf
                else value)
    }

/// The statistics of a batch of one to three images at the ranks of the grid alone.
let rawGrid (rule: StatisticsRule) =
    gen {
        let! images = Gen.choose (1, 3)
        let topEntries = if rule = StatisticsRule.Official then 1 else images
        let lowEntries = if rule = StatisticsRule.ProposalsOnly then images else 1

        let! tops =
            Gen.listOfLength topEntries (entry 4 1.0 true (rule = StatisticsRule.Official))

        let! lows = Gen.listOfLength lowEntries (entry 3 4.0 false false)
        let! truths = Gen.listOfLength images (Gen.choose (0, 3))

        return {
            Grid = grid
            TopIoUs = tops |> List.concat |> Array.ofList
            LowErrors = lows |> List.concat |> Array.ofList
            ProposalCounts = Array.create images 50
            GroundTruthCounts = Array.ofList truths
            OverlapCounts = truths |> List.map ((*) 4) |> Array.ofList
            PositiveCounts = truths |> List.map ((*) 5) |> Array.ofList
        }
    }

/// A schedule with its ranks on the grid.
let private schedule =
    gen {
        let! rule = Gen.elements rules
        let! interval = Gen.choose (1, 8)
        let! topIoUCount = Gen.elements grid.TopIoUCounts
        let! lowErrorCount = Gen.elements grid.LowErrorCounts
        let! moveThreshold = Gen.frequency [ 4, Gen.constant true; 1, Gen.constant false ]

        let! scaling = Gen.elements scalings

        let! moveBeta = Gen.frequency [ 4, Gen.constant true; 1, Gen.constant false ]

        return {
            config rule with
                UpdateInterval = interval
                TopIoUCount = topIoUCount
                LowErrorCount = lowErrorCount
                MoveThreshold = moveThreshold
                MoveBeta = moveBeta
                RankScaling =
                    if rule = StatisticsRule.ProposalsOnly then
                        scaling
                    else
                        RankScaling.Constant
        }
    }

/// What happened in an iteration: a skip, or statistics at the ranks of the grid alone.
type Happened =
    | Executed of RawGridStatistics
    | Left of SkipReason

type RecordedRun = {
    Config: DynamicConfig
    Happened: Happened list
}

let private happened (rule: StatisticsRule) =
    Gen.frequency [
        12, Gen.map Executed (rawGrid rule)
        1, Gen.constant (Left SkipReason.ImageWithoutBoxes)
    ]

let private recordedRun =
    gen {
        let! config = schedule
        let! length = Gen.choose (0, 40)
        let! happened = Gen.listOfLength length (happened config.Rule)
        return { Config = config; Happened = happened }
    }

let header (config: DynamicConfig) : StatisticsHeader = {
    Version = StatisticsFormat.version
    Rule = config.Rule
    RankScaling = config.RankScaling
    TopIoUCount = config.TopIoUCount
    LowErrorCount = config.LowErrorCount
    Grid = grid
}

/// The value at the schedule's own rank before those at the ranks of the grid, in every entry.
let private ownFirst (ranks: int[]) (own: int) (values: float32[]) : float32[] =
    let index = Array.findIndex ((=) own) ranks

    values
    |> Array.chunkBySize ranks.Length
    |> Array.collect (fun entry -> Array.append [| entry[index] |] entry)

/// What the detector would have measured for a schedule, from what it measured at the ranks of the grid.
let private measuredFor (config: DynamicConfig) (raw: RawGridStatistics) : RawGridStatistics = {
    raw with
        TopIoUs = ownFirst raw.Grid.TopIoUCounts config.TopIoUCount raw.TopIoUs
        LowErrors = ownFirst raw.Grid.LowErrorCounts config.LowErrorCount raw.LowErrors
}

let private batchOf (config: DynamicConfig) (happened: Happened) : BatchRecord =
    match happened with
    | Executed raw -> GridStatistics.record config (measuredFor config raw)
    | Left reason -> GridStatistics.nothing grid (BatchOutcome.Skipped reason) 2

/// The states that a run goes through, its first one included, and its record. It ends at a fault, as a run does.
let recorded (run: RecordedRun) : DynamicState list * StatisticsFile =
    let step (states: DynamicState list, records: StatisticsRecord list) happened =
        let state = List.head states

        if state.Fault.IsSome then
            states, records
        else
            let batch = batchOf run.Config happened
            let next = DynamicTraining.step run.Config state batch.Outcome

            next :: states,
            {
                Iteration = next.Iteration
                Setting = state.Setting
                Batch = batch
            }
            :: records

    let states, records =
        List.fold step ([ DynamicTraining.initial run.Config ], []) run.Happened

    List.rev states,
    {
        Header = header run.Config
        Records = records |> List.rev |> Array.ofList
        TornBytes = 0
    }

let bytesOf (file: StatisticsFile) : byte[] =
    Array.concat [
        StatisticsFormat.writeHeader file.Header
        yield! file.Records |> Array.map (StatisticsFormat.writeRecord file.Header)
    ]

let propertyOfRuns (name: string) (holds: RecordedRun -> bool) : Test =
    testProperty name (Prop.forAll (Arb.fromGen recordedRun) holds)
