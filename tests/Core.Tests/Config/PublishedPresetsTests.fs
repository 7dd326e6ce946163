/// The presets of the published model tables.
module DynamicRcnn.Core.Tests.Config.PublishedPresetsTests

open System
open DynamicRcnn.Core
open Xunit

let private find (name: string) : Preset =
    Presets.all |> List.find (fun preset -> preset.Name = name)

[<Theory>]
[<InlineData("official-r50-1x", 50, 90_000, 60_000, 80_000, 38.9)>]
[<InlineData("official-r50-2x", 50, 180_000, 120_000, 160_000, 39.9)>]
[<InlineData("official-r101-1x", 101, 90_000, 60_000, 80_000, 41.0)>]
[<InlineData("official-r101-2x", 101, 180_000, 120_000, 160_000, 41.8)>]
[<InlineData("official-r101-3x-ms", 101, 270_000, 180_000, 240_000, 44.4)>]
[<InlineData("official-r101-dcn-3x-ms", 101, 270_000, 180_000, 240_000, 46.7)>]
[<InlineData("mmdet-r50-1x", 50, 87_960, 58_640, 80_630, 38.9)>]
let ``depth, length and published AP are those of the table``
    (name: string)
    (depth: int)
    (iterations: int)
    (first: int)
    (second: int)
    (ap: float)
    =
    let preset = find name
    let solver = preset.Config.Solver
    Assert.Equal((depth, iterations), (preset.Config.Model.Backbone.Depth, solver.Iterations))
    Assert.Equal<int[]>([| first; second |], solver.Milestones)
    Assert.Equal(Nullable ap, preset.PublishedAP)

    Assert.Equal(
        (16, 8, 0.02, 500),
        (preset.Config.Data.ImagesPerStep, solver.AccumulationSteps, solver.BaseLearningRate, solver.WarmupIterations)
    )

[<Fact>]
let ``multi-scale training draws from five short sides and tests at one`` () =
    let data = (find "official-r101-3x-ms").Config.Data
    Assert.Equal<int[]>([| 400; 600; 800; 1000; 1200 |], data.ShortSides)
    Assert.Equal((1400, 800, 1333), (data.MaxSide, data.EvaluationShortSide, data.EvaluationMaxSide))
    let single = (find "official-r101-2x").Config.Data
    Assert.Equal<int[]>([| 800 |], single.ShortSides)
    Assert.Equal(1333, single.MaxSide)

[<Fact>]
let ``the deformable row differs from the plain one in its backbone alone`` () =
    let plain, deformable =
        (find "official-r101-3x-ms").Config, (find "official-r101-dcn-3x-ms").Config

    Assert.Equal<int[]>([| 2; 3; 4 |], deformable.Model.Backbone.DeformableStages)
    Assert.True deformable.Model.Backbone.KaimingOffsets

    Assert.Equal(
        plain,
        {
            deformable with
                Preset = plain.Preset
                Model.Backbone = plain.Model.Backbone
        }
    )

[<Fact>]
let ``a baseline differs from its preset in the fixed setting alone`` () =
    let baselines =
        Presets.all |> List.filter (fun preset -> preset.Name.EndsWith "-baseline")

    Assert.Equal(7, baselines.Length)

    for baseline in baselines do
        let dynamic = (baseline.Name.Replace("-baseline", "") |> find).Config
        let fixedSetting = baseline.Config.Dynamic

        Assert.Equal(
            (false, false, 0.5, 1.0),
            (fixedSetting.MoveThreshold, fixedSetting.MoveBeta, fixedSetting.InitialIoU, fixedSetting.InitialBeta)
        )

        Assert.False baseline.PublishedAP.HasValue

        for difference in ConfigComparison.differences dynamic baseline.Config do
            Assert.Contains(
                difference.Path,
                [ "preset"; "dynamic.moveThreshold"; "dynamic.moveBeta"; "dynamic.initialIoU" ]
            )

[<Fact>]
let ``the official learning rates are exact at the five iterations of the table`` () =
    let rate = LearningRate.at (find "official-r50-1x").Config.Solver
    let third = 1.0 / 3.0
    Assert.Equal(0.02 * third, rate 1)
    Assert.Equal(0.02 * (third * 0.5 + 0.5), rate 251)
    Assert.Equal(0.02, rate 501)
    Assert.Equal(0.002, rate 60_001)
    // 0.1 squared is not 0.01 in binary; PyTorch's scheduler gives these bits too.
    Assert.Equal(0.02 * 0.1 ** 2.0, rate 80_001)
    Assert.Equal(0.0002, rate 80_001, 1e-18)
