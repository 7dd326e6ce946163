module DynamicRcnn.Core.Tests.Schedule.ImageRankTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open FsCheck
open FsCheck.FSharp
open Xunit

[<Fact>]
let ``a constant count is itself in every image`` () =
    for truths in [ 0; 1; 40 ] do
        Assert.Equal(10, ImageRank.ofImage RankScaling.Constant 10 truths)

[<Fact>]
let ``less the ground truths, and at least the first`` () =
    let ranks =
        [ 0; 7; 9; 10; 40 ]
        |> List.map (ImageRank.ofImage RankScaling.LessGroundTruths 10)

    Assert.Equal<int list>([ 10; 3; 1; 1; 1 ], ranks)

[<Fact>]
let ``in proportion to the ground truths, the count itself at COCO's 7.3`` () =
    // 10 x 1 / 7.3 = 1.37, 10 x 13 / 7.3 = 17.8, 75 x 73 / 7.3 = 750
    let rank = ImageRank.ofImage RankScaling.PerGroundTruth
    Assert.Equal<int list>([ 1; 1; 18; 750 ], [ rank 10 0; rank 10 1; rank 10 13; rank 75 73 ])

[<Fact>]
let ``a rank of a mean image leads back to its count`` () =
    let scaling =
        Gen.elements [
            RankScaling.Constant
            RankScaling.LessGroundTruths
            RankScaling.PerGroundTruth
        ]

    let cases =
        Gen.zip3 scaling (Gen.choose (1, 300)) (Gen.choose (1, 40)) |> Arb.fromGen

    Property.check (
        Prop.forAll cases (fun (scaling, count, truths) ->
            let rank = ImageRank.ofMean scaling (float count) (float truths)
            abs (ImageRank.countOfMean scaling rank (float truths) - float count) < 1e-9)
    )

[<Fact>]
let ``a mean image's rank is the image's, but for rounding and the first`` () =
    let cases = Gen.zip (Gen.choose (1, 300)) (Gen.choose (0, 40)) |> Arb.fromGen

    Property.check (
        Prop.forAll cases (fun (count, truths) ->
            [
                RankScaling.Constant
                RankScaling.LessGroundTruths
                RankScaling.PerGroundTruth
            ]
            |> List.forall (fun scaling ->
                let mean = ImageRank.ofMean scaling (float count) (float truths)
                abs (float (ImageRank.ofImage scaling count truths) - max 1.0 mean) <= 0.5))
    )
