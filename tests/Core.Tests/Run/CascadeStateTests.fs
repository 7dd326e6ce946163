/// A state of several box heads: each stage's fold is its own.
module DynamicRcnn.Core.Tests.Run.CascadeStateTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Schedule.ScheduleCases
open Expecto

let private cascade (dynamic: DynamicConfig) : Config = {
    Presets.tinyDemo.Config with
        Dynamic = dynamic
        Model.Cascade = {
            StageIoUs = [| 0.6; 0.7 |]
            BoxCoderStd = Array.replicate 8 0.1
            LossWeights = [| 0.5; 0.25 |]
            Scores = CascadeScores.MeanOfLogits
        }
}

/// What each stage measures at each iteration: the first what the case says, the others the same in another order. All skip the same ones.
let private rows (case: Case) : BatchOutcome[] list =
    let outcomes = Array.ofList case.Outcomes

    let at (stage: int) (i: int) =
        match outcomes[i], outcomes[(i * (stage + 1) + stage) % outcomes.Length] with
        | BatchOutcome.Skipped reason, _ -> BatchOutcome.Skipped reason
        | own, _ when stage = 0 -> own
        | _, BatchOutcome.Skipped _ -> unmeasured
        | _, other -> other

    List.init outcomes.Length (fun i -> Array.init 3 (fun stage -> at stage i))

let private advance (config: Config) (state: TrainingState) (row: BatchOutcome[]) : TrainingState =
    state.Advance(config, row[0], row[1..])

let private start (config: Config) = TrainingState.Initial(config, [||])

let private text (state: TrainingState) = CheckpointText.write state

[<Tests>]
let tests =
    testList "Run.CascadeState" [
        propertyOfCases "each stage is the fold of its own outcomes under its own schedule" (fun case ->
            let config = cascade case.Config
            let state = List.fold (advance config) (start config) (rows case)

            StageSchedules.ofConfig config
            |> Array.mapi (fun stage schedule -> run schedule (rows case |> List.map (Array.item stage)))
                =
                state.Stages)

        propertyOfCases "stop, save, load and go on at any point: the same stages as without the stop" (fun case ->
            let config = cascade case.Config
            let before, rest = List.splitAt case.Cut (rows case)
            let stopped = List.fold (advance config) (start config) before
            let loaded = CheckpointText.read(text stopped).Value

            loaded = stopped
            && List.fold (advance config) loaded rest = List.fold (advance config) (start config) (rows case))

        propertyOfCases "no stage's setting changes before the number of iterations that says so" (fun case ->
            let config = cascade case.Config
            let before, rest = List.splitAt case.Cut (rows case)
            let state = List.fold (advance config) (start config) before
            let quiet = state.IterationsUntilUpdate config - 1

            rest
            |> List.truncate quiet
            |> List.scan (advance config) state
            |> List.forall (fun each -> each.Settings = state.Settings))

        propertyOfCases "under ProposalsOnly a stage stays between its own IoU and its ceiling" (fun case ->
            let config =
                cascade {
                    case.Config with
                        Rule = StatisticsRule.ProposalsOnly
                        InitialIoU = 0.4
                }

            let state = List.fold (advance config) (start config) (rows case)

            Array.forall2
                (fun (schedule: DynamicConfig) (setting: Setting) ->
                    setting.IoUThreshold >= schedule.FloorIoU
                    && setting.IoUThreshold <= schedule.CeilingIoU)
                (StageSchedules.ofConfig config)
                state.Settings)

        test "a stage's ceiling leaves the same share of the way to 1" {
            let own = {
                config StatisticsRule.ProposalsOnly with
                    FloorIoU = 0.5
                    InitialIoU = 0.5
                    CeilingIoU = 0.8
            }

            let schedules = StageSchedules.ofConfig (cascade own)
            equal own schedules[0]
            equal [ 0.5; 0.6; 0.7 ] (schedules |> Array.map _.FloorIoU |> List.ofArray)
            equal [ 0.5; 0.6; 0.7 ] (schedules |> Array.map _.InitialIoU |> List.ofArray)

            for expected, schedule in List.zip [ 0.8; 0.84; 0.88 ] (List.ofArray schedules) do
                Expect.floatClose Accuracy.veryHigh schedule.CeilingIoU expected "ceiling"

            equal
                [| own |]
                (StageSchedules.ofConfig {
                    cascade own with
                        Model.Cascade = Presets.tinyDemo.Config.Model.Cascade
                })
        }

        test "the zeros, dead windows and faults of any stage count once" {
            let config =
                cascade {
                    config StatisticsRule.ProposalsOnly with
                        UpdateInterval = 2
                }

            let zero = [| measured 0.5 0.1; measured 0.5 0.0; measured 0.5 0.0 |]
            let state = List.fold (advance config) (start config) [ zero; zero ]
            equal (2, 1) (state.ZeroErrorIterations, state.DeadWindows)

            let fault = ScheduleFault.TooFewProposals

            let faulted =
                advance config state [| zero[0]; zero[0]; BatchOutcome.Faulted fault |]

            equal (Some fault) faulted.Fault
            equal RunStatus.Faulted (faulted.Status config)
        }

        test "one box head is written as before there were more; a cascade's text without a stage is refused" {
            let one = text (TrainingState.Initial(Presets.tinyDemo.Config, [||]))
            Expect.stringStarts one "drcnn-training-state 4\n" "version"
            Expect.isFalse (one.Contains "stage") "no stage"

            let three = text (start (cascade (config StatisticsRule.Official)))
            Expect.stringStarts three "drcnn-training-state 5\n" "version"

            let lacking =
                three.Split '\n'
                |> Array.filter (fun line -> not (line.StartsWith "stage3.beta"))

            equal
                [ "the training state lacks 'stage3.beta'" ]
                (CheckpointText.read(String.concat "\n" lacking).Problems |> List.ofSeq)

            containsText
                "'stages' is '99', expected a whole number from 1 to 8"
                (CheckpointText.read(three.Replace("stages=3", "stages=99")).Problems
                 |> String.concat "; ")
        }
    ]
