module DynamicRcnn.Core.Tests.Schedule.ImageRankTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Schedule.ScheduleCases
open Expecto
open FsCheck
open FsCheck.FSharp

[<Tests>]
let tests =
    testList "Schedule.ImageRank" [
        test "a constant count is itself in every image" {
            for truths in [ 0; 1; 40 ] do
                equal 10 (ImageRank.ofImage RankScaling.Constant 10 truths)
        }

        test "less the ground truths, and at least the first" {
            let ranks =
                [ 0; 7; 9; 10; 40 ]
                |> List.map (ImageRank.ofImage RankScaling.LessGroundTruths 10)

            equal [ 10; 3; 1; 1; 1 ] ranks
        }

        test "in proportion to the ground truths, the count itself at COCO's 7.3" {
            // 10 x 1 / 7.3 = 1.37, 10 x 13 / 7.3 = 17.8, 75 x 73 / 7.3 = 750
            let rank = ImageRank.ofImage RankScaling.PerGroundTruth
            equal [ 1; 1; 18; 750 ] [ rank 10 0; rank 10 1; rank 10 13; rank 75 73 ]
        }

        test "hundredths of overlaps or of positives, a half rounded up" {
            for scaling in [ RankScaling.PerOverlap; RankScaling.PerPositive ] do
                let rank = ImageRank.ofImage scaling
                // 40 x 82 / 100 = 32.8, 10 x 82 / 100 = 8.2, 50 x 5 / 100 = 2.5
                equal [ 33; 8; 3; 82; 1 ] [ rank 40 82; rank 10 82; rank 50 5; rank 100 82; rank 10 0 ]
        }

        let cases =
            Gen.zip3 (Gen.elements scalings) (Gen.choose (1, 300)) (Gen.choose (1, 40))
            |> Arb.fromGen

        testProperty
            "a rank of a mean image leads back to its count"
            (Prop.forAll cases (fun (scaling, count, truths) ->
                let rank = ImageRank.ofMean scaling (float count) (float truths)
                abs (ImageRank.countOfMean scaling rank (float truths) - float count) < 1e-9))

        let cases = Gen.zip (Gen.choose (1, 300)) (Gen.choose (0, 40)) |> Arb.fromGen

        testProperty
            "a mean image's rank is the image's, but for rounding and the first"
            (Prop.forAll cases (fun (count, truths) ->
                scalings
                |> List.forall (fun scaling ->
                    let mean = ImageRank.ofMean scaling (float count) (float truths)
                    abs (float (ImageRank.ofImage scaling count truths) - max 1.0 mean) <= 0.5)))

        testProperty
            "a larger count, or a larger number to be in proportion to, is never a smaller rank"
            (Prop.forAll cases (fun (count, number) ->
                [ RankScaling.PerGroundTruth; RankScaling.PerOverlap; RankScaling.PerPositive ]
                |> List.forall (fun scaling ->
                    let rank = ImageRank.ofImage scaling

                    rank count number <= rank (count + 1) number
                    && rank count number <= rank count (number + 1))))
    ]
