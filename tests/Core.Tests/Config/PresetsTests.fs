module DynamicRcnn.Core.Tests.Config.PresetsTests

open DynamicRcnn.Core
open Xunit

let private configOf (name: string) : Config =
    (Presets.all |> List.find (fun preset -> preset.Name = name)).Config

[<Fact>]
let ``every preset is valid, has a name of its own, a purpose and a use`` () =
    for preset in Presets.all do
        match Config.validate preset.Config with
        | Ok _ -> ()
        | Error errors -> Assert.Fail(errors |> List.map ConfigError.describe |> String.concat "\n")

        Assert.Equal(preset.Name, preset.Config.Preset)
        Assert.EndsWith(".", preset.Purpose)
        Assert.NotEmpty preset.Use

    Assert.Equal(Presets.all.Length, (List.distinct Presets.names).Length)

[<Fact>]
let ``a preset is found in any case, a misspelt one is suggested`` () =
    match Presets.tryFind "R50-FPN", Presets.tryFind "r50-fnp" with
    | Ok preset, Error error ->
        Assert.Equal("r50-fpn", preset.Name)
        Assert.EndsWith("did you mean r50-fpn?", ConfigError.describe error)
    | other -> Assert.Fail $"{other}"

[<Fact>]
let ``published presets pin the rule of their code, all others take ProposalsOnly`` () =
    for preset in Presets.all do
        let expected =
            match preset.Name with
            | "official-r50-1x" -> StatisticsRule.Official
            | "mmdet-r50-1x" -> StatisticsRule.MMDetection
            | _ -> StatisticsRule.ProposalsOnly

        Assert.Equal(expected, preset.Config.Dynamic.Rule)

[<Fact>]
let ``the authors' numbers are those of their configuration`` () =
    let config = configOf "official-r50-1x"
    let solver, dynamic, rpn = config.Solver, config.Dynamic, config.Model.Rpn
    Assert.Equal<int[]>([| 60_000; 80_000 |], solver.Milestones)

    Assert.Equal(
        (90_000, 0.02, 2.0, 0.0),
        (solver.Iterations, solver.BaseLearningRate, solver.BiasLearningRateFactor, solver.BiasWeightDecay)
    )

    Assert.Equal(0.02 / 3.0, LearningRate.at solver 1, 12)

    Assert.Equal(
        (75, 10, 100, 0.4, 1.0),
        (dynamic.TopIoUCount, dynamic.LowErrorCount, dynamic.UpdateInterval, dynamic.InitialIoU, dynamic.InitialBeta)
    )

    Assert.Equal((0.85, 0.0, 1.0 / 9.0), (rpn.NmsIoU, rpn.MinimumPositiveIoU, rpn.LossBeta))
    Assert.Equal<float[]>([| 102.9801; 115.9465; 122.7717 |], config.Model.Backbone.Mean)
    Assert.Equal((16, 8), (config.Data.ImagesPerStep, solver.AccumulationSteps))

[<Fact>]
let ``MMDetection's numbers are those of its configuration`` () =
    let config = configOf "mmdet-r50-1x"
    Assert.Equal((0.5, 0.4), (config.Dynamic.InitialIoU, config.Dynamic.FloorIoU))
    Assert.Equal(0.02 * 0.001, LearningRate.at config.Solver 1, 12)

    Assert.Equal(
        (8 * 7_330, 11 * 7_330, 12 * 7_330),
        (config.Solver.Milestones[0], config.Solver.Milestones[1], config.Solver.Iterations)
    )

    Assert.Equal(
        (0.3, 0.0, 1_000),
        (config.Model.Rpn.MinimumPositiveIoU, config.Model.Rpn.LossBeta, config.Model.Rpn.PostNmsTrain)
    )

    Assert.True config.Model.Backbone.Norm.IsEvalBatchNorm
