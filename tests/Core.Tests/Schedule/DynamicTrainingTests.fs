module DynamicRcnn.Core.Tests.Schedule.DynamicTrainingTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Schedule.ScheduleCases
open Expecto

let private official = config StatisticsRule.Official
let private mmDetection = config StatisticsRule.MMDetection
let private proposalsOnly = config StatisticsRule.ProposalsOnly

let private setting iouThreshold beta : Setting = {
    IoUThreshold = iouThreshold
    Beta = beta
}

/// Statistics that are exact in binary, so that every order of summation gives the same.
let private plain = measured 0.5 0.25

let private repeat count outcome = List.replicate count outcome

let private assertSetting (expected: Setting) (state: DynamicState) =
    equal expected state.Setting
    equal None state.Fault

[<Tests>]
let tests =
    testList "Schedule.DynamicTraining" [
        testTheory "the setting moves only when the window is full" rules (fun rule ->
            let config = config rule
            assertSetting (setting config.InitialIoU 1.0) (run config (repeat 99 plain))
            assertSetting (setting 0.5 0.25) (run config (repeat 100 plain))
            isEmpty (run config (repeat 100 plain)).TopIoUs
            let after = run config (repeat 101 plain)
            assertSetting (setting 0.5 0.25) after
            single after.TopIoUs |> ignore
            // A second window forgets the first.
            assertSetting (setting 0.75 0.125) (run config (repeat 100 plain @ repeat 100 (measured 0.75 0.125))))

        testTheory "a window of one iteration moves every time" rules (fun rule ->
            let config = { config rule with UpdateInterval = 1 }
            assertSetting (setting 0.5 0.25) (run config [ plain ])
            assertSetting (setting 0.75 0.125) (run config [ plain; measured 0.75 0.125 ]))

        testTheory "the floor holds from the first update on, and beta never passes its start" rules (fun rule ->
            let config = config rule
            assertSetting (setting config.FloorIoU 1.0) (run config (repeat 100 (measured 0.125 3.0))))

        test "a window of zero errors: Official takes 0, MMDetection keeps beta, ProposalsOnly stops at its minimum" {
            let windows = repeat 100 plain @ repeat 100 (measured 0.5 0.0)
            assertSetting (setting 0.5 0.0) (run official windows)
            assertSetting (setting 0.5 0.25) (run mmDetection windows)
            assertSetting (setting 0.5 0.01) (run proposalsOnly windows)
        }

        test "the ceiling holds under ProposalsOnly alone" {
            let window = repeat 100 (measured 1.0 0.25)
            equal 1.0 (run official window).Setting.IoUThreshold
            equal 1.0 (run mmDetection window).Setting.IoUThreshold
            equal 0.9 (run proposalsOnly window).Setting.IoUThreshold
        }

        test "beta of an even window: the upper middle value, or under MMDetection the mean of both" {
            let window = repeat 50 (measured 0.5 0.25) @ repeat 50 (measured 0.5 0.5)
            equal 0.5 (run official window).Setting.Beta
            equal 0.5 (run proposalsOnly window).Setting.Beta
            equal 0.375 (run mmDetection window).Setting.Beta
        }

        test "the sum of the IoUs goes left to right, under MMDetection as NumPy's" {
            // Means over images: full mantissas, where the order shows in the last bit.
            let ious = Array.init 100 (fun i -> 0.4 + 0.3 * float ((i * 37) % 101) / 101.0)

            let window = [ for iou in ious -> measured iou 0.25 ]
            equal (Array.fold (+) 0.0 ious / 100.0) (run official window).Setting.IoUThreshold
            equal (Array.fold (+) 0.0 ious / 100.0) (run proposalsOnly window).Setting.IoUThreshold

            // NumPy's order for 100 values, written out: eight strided sums, their tree, the last four.
            let lane l =
                [ for i in 0..11 -> ious[8 * i + l] ] |> List.reduce (+)

            let tree =
                ((lane 0 + lane 1) + (lane 2 + lane 3))
                + ((lane 4 + lane 5) + (lane 6 + lane 7))

            let numpy = (((tree + ious[96]) + ious[97]) + ious[98]) + ious[99]
            notEqual (Array.fold (+) 0.0 ious) numpy
            equal (numpy / 100.0) (run mmDetection window).Setting.IoUThreshold
        }

        test "the author's logged thresholds come back from windows with these means" {
            let logged = [ 0.42077; 0.4912600; 0.5167; 0.533; 0.53785 ]

            for rule in rules do
                let states =
                    logged
                    |> List.collect (fun iou -> repeat 100 (measured iou 0.25))
                    |> List.scan (DynamicTraining.step (config rule)) (DynamicTraining.initial (config rule))

                logged
                |> List.iteri (fun i iou ->
                    // The mean of a hundred equal values is off by rounding alone.
                    within 1e-12 iou states[100 * (i + 1)].Setting.IoUThreshold)
        }

        test "Official: a skipped iteration leaves a gap, and the sum is still divided by C" {
            let config = { official with FloorIoU = 0.125 }
            let window = repeat 50 plain @ [ skipped ] @ repeat 49 plain
            let state = run config window
            assertSetting (setting (99.0 * 0.5 / 100.0) 0.25) state
            equal 100 state.Iteration
            equal 1 state.SkippedIterations
        }

        test "Official: a skip on an update joins two windows and nearly doubles the threshold" {
            let outcomes = repeat 99 plain @ [ skipped ] @ repeat 100 plain
            assertSetting (setting 0.4 1.0) (run official (List.truncate 199 outcomes))
            assertSetting (setting (199.0 * 0.5 / 100.0) 0.25) (run official outcomes)

            let high =
                repeat 99 (measured 0.75 0.25) @ [ skipped ] @ repeat 100 (measured 0.75 0.25)

            isTrue ((run official high).Setting.IoUThreshold > 1.0)
        }

        test "Official: too few entries for element C / 2 are a named fault that keeps the setting" {
            let outcomes count =
                repeat count plain @ repeat (99 - count) skipped @ [ plain ]

            assertSetting (setting 0.4 0.25) (run official (outcomes 50))

            let state = run official (outcomes 49)
            equal (setting 0.4 1.0) state.Setting
            equal (Some(ScheduleFault.WindowTooShort(100, 50, 51))) state.Fault
            containsText "iteration 100" (ProposalStatistics.describeFault state.Fault.Value)
            // The first fault stays.
            let later =
                DynamicTraining.step official state (BatchOutcome.Faulted ScheduleFault.TooFewProposals)

            equal state.Fault later.Fault
        }

        test "Official: an unmeasured iteration is executed, so an update due at it takes place" {
            let state = run official (repeat 99 plain @ [ unmeasured ])
            assertSetting (setting (99.0 * 0.5 / 100.0) 0.25) state
            isEmpty state.TopIoUs
        }

        test "MMDetection and ProposalsOnly count entries, not iterations" {
            for config in [ mmDetection; proposalsOnly ] do
                let outcomes = repeat 99 plain @ repeat 7 skipped @ repeat 7 unmeasured
                let waiting = run config outcomes
                assertSetting (setting config.InitialIoU 1.0) waiting
                equal 113 waiting.Iteration
                equal 7 waiting.SkippedIterations
                equal 7 waiting.UnmeasuredIterations
                assertSetting (setting 0.5 0.25) (DynamicTraining.step config waiting plain)
        }

        test "MMDetection: a batch without positives counts for the threshold alone" {
            let iouOnly = BatchOutcome.TopIoUOnly 0.5
            assertSetting (setting 0.5 0.25) (run mmDetection (repeat 99 iouOnly @ [ plain ]))
            assertSetting (setting 0.5 1.0) (run mmDetection (repeat 100 iouOnly))
        }

        test "MMDetection: a median just under 1e-15 keeps beta, 1e-15 itself is taken" {
            equal 1.0 (run mmDetection (repeat 100 (measured 0.5 9e-16))).Setting.Beta
            equal 1e-15 (run mmDetection (repeat 100 (measured 0.5 1e-15))).Setting.Beta
        }

        testTheory "each half can be fixed on its own" rules (fun rule ->
            let config = config rule
            let window = repeat 100 plain
            assertSetting (setting config.InitialIoU 0.25) (run { config with MoveThreshold = false } window)
            assertSetting (setting 0.5 1.0) (run { config with MoveBeta = false } window)

            assertSetting
                (setting config.InitialIoU 1.0)
                (run
                    {
                        config with
                            MoveThreshold = false
                            MoveBeta = false
                    }
                    window))

        test "Official with a fixed beta needs no errors" {
            let outcomes = repeat 99 skipped @ [ plain ]
            assertSetting (setting 0.4 1.0) (run { official with MoveBeta = false } outcomes)
        }

        propertyOfCases "ProposalsOnly keeps its bounds after every iteration" (fun case ->
            let config = {
                case.Config with
                    Rule = StatisticsRule.ProposalsOnly
            }

            case.Outcomes
            |> List.scan (DynamicTraining.step config) (DynamicTraining.initial config)
            |> List.forall (fun state ->
                config.FloorIoU <= state.Setting.IoUThreshold
                && state.Setting.IoUThreshold <= config.CeilingIoU
                && 0.0 < config.MinimumBeta
                && config.MinimumBeta <= state.Setting.Beta
                && state.Setting.Beta <= config.InitialBeta))

        propertyOfCases
            "skipped and unmeasured iterations change nothing but counters, except under Official"
            (fun case ->
                let config =
                    if case.Config.Rule = StatisticsRule.Official then
                        {
                            case.Config with
                                Rule = StatisticsRule.ProposalsOnly
                        }
                    else
                        case.Config

                let withGaps =
                    case.Outcomes |> List.collect (fun outcome -> [ skipped; outcome; unmeasured ])

                let one, other = run config withGaps, run config case.Outcomes

                one.Setting = other.Setting
                && one.TopIoUs = other.TopIoUs
                && one.LowErrors = other.LowErrors
                && one.Iteration = 3 * case.Outcomes.Length
                && one.SkippedIterations = other.SkippedIterations + case.Outcomes.Length)

        propertyOfCases "an iteration is counted whatever its outcome" (fun case ->
            (run case.Config case.Outcomes).Iteration = case.Outcomes.Length)

        propertyOfCases "a half that is fixed never moves" (fun case ->
            let final = run case.Config case.Outcomes

            (case.Config.MoveThreshold || final.Setting.IoUThreshold = case.Config.InitialIoU)
            && (case.Config.MoveBeta || final.Setting.Beta = case.Config.InitialBeta))

        propertyOfCases "stopping anywhere and going on from the state equals an uninterrupted run" (fun case ->
            let first, rest = List.splitAt case.Cut case.Outcomes

            let continued =
                List.fold (DynamicTraining.step case.Config) (run case.Config first) rest

            continued = run case.Config case.Outcomes)

        propertyOfCases "the setting cannot change before the announced iteration" (fun case ->
            let before = run case.Config (List.truncate case.Cut case.Outcomes)
            let quiet = DynamicTraining.iterationsUntilUpdate case.Config before - 1

            case.Outcomes
            |> List.skip case.Cut
            |> List.truncate quiet
            |> List.scan (DynamicTraining.step case.Config) before
            |> List.forall (fun state -> quiet >= 0 && state.Setting = before.Setting))
    ]
