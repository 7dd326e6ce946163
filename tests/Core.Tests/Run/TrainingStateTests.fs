module DynamicRcnn.Core.Tests.Run.TrainingStateTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests.Schedule
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Schedule.ScheduleCases
open Expecto

/// A run's configuration; what the training state never reads is left out.
let runConfig (dynamic: DynamicConfig) : Config = {
    Preset = "test"
    Data = Unchecked.defaultof<DataConfig>
    Model = Presets.tinyDemo.Config.Model
    Dynamic = dynamic
    Solver = {
        Iterations = 10
        BaseLearningRate = 1.0
        Momentum = 0.9
        WeightDecay = 1e-4
        BiasLearningRateFactor = 1.0
        BiasWeightDecay = 1e-4
        WarmupIterations = 4
        WarmupFactor = 0.0
        Milestones = [| 8 |]
        DecayFactor = 0.1
        ScaleSchedule = false
        GradientClipNorm = 0.0
        AccumulationSteps = 1
        EmaDecay = 0.0
        Precision = Precision.Float32
        Optimizer = OptimizerKind.Sgd
        FirstMomentDecay = 0.9
        SecondMomentDecay = 0.999
        MomentEpsilon = 1e-8
        RateSchedule = RateSchedule.Steps
        FinalRateFactor = 0.01
    }
    Evaluation = {
        Interval = 2
        ValidationLoss = false
        Patience = 2
        PanelImages = 0
        Testing = Presets.all.Head.Config.Evaluation.Testing
        SoftNms = Presets.all.Head.Config.Evaluation.SoftNms
        SuppressAcrossClasses = false
        Precision = Precision.Float32
    }
    Checkpoint = {
        Interval = 5
        Keep = 2
        FailuresInARow = 0
    }
    NonFinite = { MaxInARow = 3 }
    Run = {
        Seed = 7
        Threads = 2
        Device = "cpu"
        MemoryFormat = MemoryFormat.Auto
        LogInterval = 20
    }
}

let private config = runConfig (config StatisticsRule.Official)

let private environment: EnvironmentEntry[] = [|
    { Name = "libtorch"; Value = "1.13.0" }
    { Name = "threads"; Value = "2" }
|]

let private start = TrainingState.Initial(config, environment)

let private plain = measured 0.5 0.25

let private advance outcome (state: TrainingState) = state.Advance(config, outcome)

let private advanceNonFinite outcome (state: TrainingState) = state.AdvanceNonFinite(config, outcome)

let private status (state: TrainingState) = state.Status(config)

[<Tests>]
let tests =
    testList "Run.TrainingState" [
        test "a run starts at iteration 0 with the initial setting, its seed and no AP" {
            equal 0 start.Iteration
            equal 7 start.Seed
            equal { IoUThreshold = 0.4; Beta = 1.0 } start.Setting
            equal -1.0 start.BestAP
            equal RunStatus.Running (status start)
        }

        test "the learning rate is that of the next iteration, and a skipped one does not step it" {
            let rates outcomes =
                outcomes
                |> List.scan (fun state outcome -> advance outcome state) start
                |> List.map (fun state -> state.LearningRate(config, 0))

            equal [ 0.0; 0.25; 0.5; 0.75; 1.0; 1.0 ] (rates [ plain; plain; unmeasured; plain; plain ])
            equal [ 0.0; 0.25; 0.25; 0.5 ] (rates [ plain; skipped; plain ])
        }

        test "a run ends after its iterations, skipped ones included" {
            let after count =
                List.replicate count skipped
                |> List.fold (fun state outcome -> advance outcome state) start

            equal RunStatus.Running (status (after 9))
            equal RunStatus.IterationsReached (status (after 10))
        }

        test "three non-finite steps in a row end the run, a finite one between them does not" {
            let twice = start |> advanceNonFinite plain |> advanceNonFinite plain
            equal RunStatus.Running (status twice)
            equal RunStatus.NonFinite (twice |> advanceNonFinite plain |> status)
            equal RunStatus.NonFinite (twice |> advance skipped |> advanceNonFinite plain |> status)

            let recovered = twice |> advance plain |> advanceNonFinite plain
            equal RunStatus.Running (status recovered)
            equal 3 recovered.NonFiniteInAll
            equal 1 recovered.NonFiniteInARow
        }

        test "a non-finite step is an iteration of the schedule like any other" {
            equal (advance plain start).Dynamic (advanceNonFinite plain start).Dynamic
        }

        test "the best evaluation is kept, and patience counts those without a better one" {
            let evaluated aps =
                List.fold
                    (fun state ap -> (advance plain state).WithEvaluation(ap, { All = ap; ByClass = [| ap |] }))
                    start
                    aps

            let state = evaluated [ 0.25; 0.5; 0.5 ]
            equal 0.5 state.BestAP
            equal 2 state.BestIteration
            equal 3 state.Evaluations
            equal 1 state.EvaluationsWithoutImprovement
            equal RunStatus.Running (status state)
            equal RunStatus.NoImprovement (status (evaluated [ 0.25; 0.5; 0.5; nan ]))
            equal RunStatus.Running (status (evaluated [ 0.25; 0.5; 0.5; 0.75 ]))

            let impatient = { config with Evaluation.Patience = 0 }
            equal RunStatus.Running ((evaluated [ 0.5; 0.1; 0.1; 0.1; 0.1 ]).Status impatient)
            // Not the best evaluation's: the weights of the moment are those that the last one looked at.
            equal { All = 0.1; ByClass = [| 0.1 |] } (evaluated [ 0.5; 0.1 ]).ScoreThresholds
            equal { All = -1.0; ByClass = [||] } start.ScoreThresholds
        }

        test "a fault of the schedule ends the run" {
            let state = start |> advance (BatchOutcome.Faulted ScheduleFault.TooFewProposals)
            equal RunStatus.Faulted (status state)
        }

        test "differences of the environment are named with both values" {
            isEmpty (start.EnvironmentDifferences(environment))

            let differences =
                start.EnvironmentDifferences(
                    [|
                        { Name = "libtorch"; Value = "2.1.0" }
                        { Name = "threads"; Value = "2" }
                        { Name = "blas"; Value = "openblas" }
                    |]
                )

            equal
                [
                    "libtorch was 1.13.0 when the checkpoint was written and is 2.1.0 now"
                    "blas was (none) when the checkpoint was written and is openblas now"
                ]
                (List.ofSeq differences)
        }

        test "zeros are counted, and a window of which half were zero is dead when it closes" {
            for rule in rules do
                let config =
                    runConfig {
                        ScheduleCases.config rule with
                            UpdateInterval = 4
                    }

                let after errors =
                    errors
                    |> List.map (measured 0.5)
                    |> List.fold
                        (fun (state: TrainingState) outcome -> state.Advance(config, outcome))
                        (TrainingState.Initial(config, environment))

                let counts (state: TrainingState) =
                    state.ZeroErrorIterations, state.DeadWindows

                equal (1, 0) (counts (after [ 0.0; 0.1; 0.2; 0.3 ]))
                equal (3, 0) (counts (after [ 0.0; 0.0; 0.0 ]))
                equal (2, 1) (counts (after [ 0.0; 0.1; 0.2; 0.0 ]))
                equal (6, 2) (counts (after [ 0.0; 0.1; 0.2; 0.0; 0.0; 0.0; 0.0; 0.0; 0.4 ]))
        }
    ]
