module DynamicRcnn.Core.Tests.Evaluation.CocoReferenceTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto
open FsCheck
open FsCheck.FSharp

/// Ground truths, detections, categories and images to evaluate.
type Case = EvaluationBox[] * DetectionBox[] * int64[] * int64[]

/// Few values, so that IoUs tie and meet thresholds, and areas meet 32 x 32 and 96 x 96.
let private length = Gen.elements [ 8.0; 16.0; 20.0; 32.0; 40.0; 96.0; 100.0; 33.3 ]

let private place = Gen.choose (0, 12) |> Gen.map (fun i -> float i * 8.0)

/// The last of each is not evaluated.
let private imageId =
    Gen.frequency [ 9, Gen.elements [ 3L; 5L; 11L ]; 1, Gen.constant 99L ]

let private categoryId =
    Gen.frequency [ 9, Gen.elements [ 1L; 4L ]; 1, Gen.constant 98L ]

let private truth: Gen<EvaluationBox> =
    gen {
        let! id =
            Gen.frequency [ 1, Gen.constant 0L; 5, Gen.choose (1, 1000) |> Gen.map int64 ]

        let! image = imageId
        let! category = categoryId
        let! x = place
        let! y = place
        let! width = length
        let! height = length
        let! part = Gen.frequency [ 4, Gen.constant 1.0; 1, Gen.constant 0.5 ]
        let! crowd = Gen.frequency [ 5, Gen.constant false; 1, Gen.constant true ]

        return {
            Id = id
            ImageId = image
            CategoryId = category
            X = x
            Y = y
            Width = width
            Height = height
            Area = width * height * part
            Crowd = crowd
        }
    }

/// Ties, and scores that hardly differ.
let private score =
    Gen.oneof [
        Gen.choose (0, 4) |> Gen.map (fun i -> float i / 4.0)
        Gen.choose (0, 1000) |> Gen.map (fun i -> 0.5 + float i * 1e-9)
    ]

let private anywhere: Gen<DetectionBox> =
    gen {
        let! image = imageId
        let! category = categoryId
        let! x = place
        let! y = place
        let! width = Gen.frequency [ 9, length; 1, Gen.constant 0.0 ]
        let! height = length
        let! score = score

        return {
            ImageId = image
            CategoryId = category
            X = x
            Y = y
            Width = width
            Height = height
            Score = score
        }
    }

/// On one of the ground truths, or by its side.
let private near (truths: EvaluationBox[]) : Gen<DetectionBox> =
    gen {
        let! truth = Gen.elements truths
        let! box = anywhere
        let! shift = Gen.elements [ 0.0; 0.0; 4.0; truth.Width / 3.0 ]

        return {
            box with
                ImageId = truth.ImageId
                CategoryId = truth.CategoryId
                X = truth.X + shift
                Y = truth.Y
                Width = truth.Width
                Height = truth.Height
        }
    }

let hostile: Gen<Case> =
    gen {
        let! truthCount = Gen.choose (0, 25)
        let! truths = Gen.arrayOfLength truthCount truth

        let detection =
            if truths.Length = 0 then
                anywhere
            else
                Gen.oneof [ anywhere; near truths ]

        let! detectionCount = Gen.frequency [ 1, Gen.constant 0; 8, Gen.choose (1, 60) ]
        let! detections = Gen.arrayOfLength detectionCount detection
        // More than a hundred of a category in an image.
        let! crowdedCount = Gen.frequency [ 9, Gen.constant 0; 1, Gen.choose (95, 120) ]
        let! crowded = Gen.arrayOfLength crowdedCount detection

        let crowded =
            crowded
            |> Array.map (fun box -> {
                box with
                    ImageId = 3L
                    CategoryId = 1L
            })

        // 7 has images but no box of its own; 50 is an image without boxes.
        return truths, Array.append detections crowded, [| 4L; 1L; 7L; 1L |], [| 11L; 3L; 50L; 5L |]
    }

let private figures ((truths, detections, categories, images): Case) : float list =
    let result = CocoEvaluation.evaluate (truths, detections, categories, images)

    List.ofSeq (result.Figures |> Seq.map _.Value) @ List.ofArray result.APByIoU

[<Tests>]
let tests =
    testList "Evaluation.CocoReference" [
        testProperty
            "every figure equals a plain second evaluation on hostile sets"
            (Prop.forAll (Arb.fromGen hostile) (fun case ->
                List.forall2
                    (fun (expected: float) (actual: float) -> Math.Abs(expected - actual) <= 1e-12)
                    (CocoReference.figures case)
                    (figures case)))

        testProperty
            "the order of categories and images does not matter, nor do boxes of others"
            (Prop.forAll (Arb.fromGen hostile) (fun (truths, detections, categories, images) ->
                let evaluated (box: int64) (category: int64) =
                    Array.contains box images && Array.contains category categories

                figures (truths, detections, categories, images) =
                    figures (
                        truths |> Array.filter (fun g -> evaluated g.ImageId g.CategoryId),
                        detections |> Array.filter (fun d -> evaluated d.ImageId d.CategoryId),
                        Array.rev categories,
                        Array.rev images
                    )))

        testProperty
            "the figures of a category are those of an evaluation of it alone"
            (Prop.forAll (Arb.fromGen hostile) (fun (truths, detections, categories, images) ->
                CocoEvaluation.evaluate(truths, detections, categories, images).Categories
                |> Array.forall (fun category ->
                    let alone =
                        CocoEvaluation.evaluate (truths, detections, [| category.CategoryId |], images)

                    category.Figures = alone.Figures
                    && category.APByIoU = alone.APByIoU
                    && category.Voc = alone.Voc
                    && category.PrecisionAt50 = alone.Curves.MeanPrecision[0])))

        test "the hostile sets hold what is hostile" {
            let cases = Gen.sampleWithSeed (Rnd 20260101UL) 10 200 hostile

            let share (holds: Case -> bool) =
                let count = cases |> Array.filter holds |> Array.length
                Expect.isTrue (count >= 5) $"only {count} of {cases.Length} sets"

            share (fun (truths, _, _, _) -> truths |> Array.exists (fun g -> g.Id = 0L && not g.Crowd))
            share (fun (truths, _, _, _) -> truths |> Array.exists _.Crowd)
            share (fun (truths, _, _, _) -> truths |> Array.exists (fun g -> g.Area = 1024.0 || g.Area = 9216.0))
            share (fun (_, detections, _, _) -> detections.Length = 0)
            share (fun (_, detections, _, _) -> detections.Length > 100)
            share (fun case -> figures case |> List.exists (fun value -> value > 0.0 && value < 1.0))
        }
    ]
