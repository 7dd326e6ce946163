module DynamicRcnn.Core.Tests.TrainingStateTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests.ScheduleCases
open Xunit

/// A run's configuration; what the training state never reads is left out.
let runConfig (dynamic: DynamicConfig) : Config = {
    Preset = "test"
    Data = Unchecked.defaultof<DataConfig>
    Model = Unchecked.defaultof<ModelConfig>
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
    }
    Evaluation = {
        Interval = 2
        ValidationLoss = false
        Patience = 2
        PanelImages = 0
        Testing = Presets.all.Head.Config.Evaluation.Testing
        SoftNms = Presets.all.Head.Config.Evaluation.SoftNms
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

let private environment = [| { Name = "libtorch"; Value = "1.13.0" }; { Name = "threads"; Value = "2" } |]

let private start = CoreApi.InitialState(config, environment)

let private plain = measured 0.5 0.25

let private advance outcome state = CoreApi.Advance(config, state, outcome)

let private advanceNonFinite outcome state =
    CoreApi.AdvanceNonFinite(config, state, outcome)

let private status state = CoreApi.Status(config, state)

[<Fact>]
let ``a run starts at iteration 0 with the initial setting, its seed and no AP`` () =
    Assert.Equal(0, start.Iteration)
    Assert.Equal(7, start.Seed)
    Assert.Equal({ IoUThreshold = 0.4; Beta = 1.0 }, start.Setting)
    Assert.Equal(-1.0, start.BestAP)
    Assert.Equal(RunStatus.Running, status start)

[<Fact>]
let ``the learning rate is that of the next iteration, and a skipped one does not step it`` () =
    let rates outcomes =
        outcomes
        |> List.scan (fun state outcome -> advance outcome state) start
        |> List.map (fun state -> CoreApi.LearningRate(config, state))

    Assert.Equal<float list>([ 0.0; 0.25; 0.5; 0.75; 1.0; 1.0 ], rates [ plain; plain; unmeasured; plain; plain ])
    Assert.Equal<float list>([ 0.0; 0.25; 0.25; 0.5 ], rates [ plain; skipped; plain ])

[<Fact>]
let ``a run ends after its iterations, skipped ones included`` () =
    let after count =
        List.replicate count skipped
        |> List.fold (fun state outcome -> advance outcome state) start

    Assert.Equal(RunStatus.Running, status (after 9))
    Assert.Equal(RunStatus.IterationsReached, status (after 10))

[<Fact>]
let ``three non-finite steps in a row end the run, a finite one between them does not`` () =
    let twice = start |> advanceNonFinite plain |> advanceNonFinite plain
    Assert.Equal(RunStatus.Running, status twice)
    Assert.Equal(RunStatus.NonFinite, twice |> advanceNonFinite plain |> status)
    Assert.Equal(RunStatus.NonFinite, twice |> advance skipped |> advanceNonFinite plain |> status)

    let recovered = twice |> advance plain |> advanceNonFinite plain
    Assert.Equal(RunStatus.Running, status recovered)
    Assert.Equal(3, recovered.NonFiniteInAll)
    Assert.Equal(1, recovered.NonFiniteInARow)

[<Fact>]
let ``a non-finite step is an iteration of the schedule like any other`` () =
    Assert.Equal((advance plain start).Dynamic, (advanceNonFinite plain start).Dynamic)

[<Fact>]
let ``the best evaluation is kept, and patience counts those without a better one`` () =
    let evaluated aps =
        List.fold (fun state ap -> state |> advance plain |> (fun state -> CoreApi.WithEvaluation(state, ap))) start aps

    let state = evaluated [ 0.25; 0.5; 0.5 ]
    Assert.Equal(0.5, state.BestAP)
    Assert.Equal(2, state.BestIteration)
    Assert.Equal(3, state.Evaluations)
    Assert.Equal(1, state.EvaluationsWithoutImprovement)
    Assert.Equal(RunStatus.Running, status state)
    Assert.Equal(RunStatus.NoImprovement, status (evaluated [ 0.25; 0.5; 0.5; nan ]))
    Assert.Equal(RunStatus.Running, status (evaluated [ 0.25; 0.5; 0.5; 0.75 ]))

    let impatient = { config with Evaluation.Patience = 0 }
    Assert.Equal(RunStatus.Running, CoreApi.Status(impatient, evaluated [ 0.5; 0.1; 0.1; 0.1; 0.1 ]))

[<Fact>]
let ``a fault of the schedule ends the run`` () =
    let state = start |> advance (BatchOutcome.Faulted ScheduleFault.TooFewProposals)
    Assert.Equal(RunStatus.Faulted, status state)

[<Fact>]
let ``differences of the environment are named with both values`` () =
    Assert.Empty(CoreApi.EnvironmentDifferences(start, environment))

    let differences =
        CoreApi.EnvironmentDifferences(
            start,
            [|
                { Name = "libtorch"; Value = "2.1.0" }
                { Name = "threads"; Value = "2" }
                { Name = "blas"; Value = "openblas" }
            |]
        )

    Assert.Equal<string list>(
        [
            "libtorch was 1.13.0 when the checkpoint was written and is 2.1.0 now"
            "blas was (none) when the checkpoint was written and is openblas now"
        ],
        List.ofSeq differences
    )

[<Fact>]
let ``zeros are counted, and a window of which half were zero is dead when it closes`` () =
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
                (fun state outcome -> CoreApi.Advance(config, state, outcome))
                (CoreApi.InitialState(config, environment))

        let counts (state: TrainingState) =
            state.ZeroErrorIterations, state.DeadWindows

        Assert.Equal((1, 0), counts (after [ 0.0; 0.1; 0.2; 0.3 ]))
        Assert.Equal((3, 0), counts (after [ 0.0; 0.0; 0.0 ]))
        Assert.Equal((2, 1), counts (after [ 0.0; 0.1; 0.2; 0.0 ]))
        Assert.Equal((6, 2), counts (after [ 0.0; 0.1; 0.2; 0.0; 0.0; 0.0; 0.0; 0.0; 0.4 ]))
